using System.Diagnostics;
using System.Text;

namespace Payments.TestCommon;

/// <summary>The service, or one of its commands, as a process with its data in a folder. A project that starts it must build Payments.Api.</summary>
public sealed class ServiceProcess : IDisposable
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private Task<string>? _output;

    /// <param name="folder">The content root.</param>
    /// <param name="settings">Environment variables. The environment is Development unless one of them says otherwise.</param>
    /// <param name="arguments">A command and its arguments; none starts the service.</param>
    public ServiceProcess(string folder, IEnumerable<(string Key, string Value)> settings, params string[] arguments)
        : this(new ProcessStartInfo("dotnet", [Program, .. arguments]), folder, settings)
    {
    }

    private ServiceProcess(ProcessStartInfo start, string folder, IEnumerable<(string Key, string Value)> settings)
    {
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _errors.Append(line.Data is null ? "" : line.Data + Environment.NewLine);
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>The lines printed until the service was ready.</summary>
    public List<string> StartupLines { get; } = [];

    public int Id => _process.Id;

    // Every project's output is beside the others', in a folder named after the configuration.
    private static string Program
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.GetFullPath(Path.Combine(own.FullName, "..", "..", "Payments.Api", own.Name, "Payments.Api.dll"));
        }
    }

    /// <summary>Starts the service from a shell that first runs a command.</summary>
    public static ServiceProcess StartFromShell(string command, string folder, IEnumerable<(string Key, string Value)> settings) =>
        new(new ProcessStartInfo("sh", ["-c", $"{command}; exec dotnet \"$0\"", Program]), folder, settings);

    /// <summary>Waits until the service listens and has printed how to get a token, and returns a client with a token.</summary>
    public async Task<HttpClient> ReadyAsync()
    {
        var client = await ListeningAsync("Token (Development only)");
        await client.AuthorizeAsync();
        return client;
    }

    /// <summary>Waits until the service has printed a line that contains a text, and returns a client without a token.</summary>
    /// <exception cref="InvalidOperationException">The service stopped, or did not print the line in time.</exception>
    public async Task<HttpClient> ListeningAsync(string lastLine = "listens on")
    {
        using var timeout = new CancellationTokenSource(IdleTimeout);
        await using var kill = timeout.Token.Register(Kill);
        while (await Output.ReadLineAsync(CancellationToken.None) is { } line)
        {
            StartupLines.Add(line);
            if (line.Contains(lastLine, StringComparison.Ordinal))
            {
                _output = DiscardOutputAsync();
                var address = StartupLines.Single(printed => printed.Contains("listens on ", StringComparison.Ordinal)).Split("listens on ")[1].Split(';')[0];
                return new HttpClient { BaseAddress = new Uri(address) };
            }
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        throw new InvalidOperationException($"The service did not start: {_errors.ToString().Trim()}");
    }

    /// <summary>Sends a signal by its name, such as INT.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        kill.WaitForExit();
    }

    /// <summary>SIGKILL: the process gets no chance to flush or to close anything.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    /// <summary>Waits for the process to exit and returns what it printed and nobody has read.</summary>
    /// <exception cref="TimeoutException">It did not exit in time and was killed.</exception>
    public (int Code, string Output, string Errors) Exited(TimeSpan? timeout = null)
    {
        _output ??= Output.ReadToEndAsync();
        if (!_process.WaitForExit(timeout ?? IdleTimeout))
        {
            Kill();
            throw new TimeoutException("The process did not stop.");
        }

        _process.WaitForExit(); // With a timeout it does not wait for the end of standard error.
        return (_process.ExitCode, _output.GetAwaiter().GetResult(), _errors.ToString());
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Kill();
        _process.Dispose();
    }

    // A full pipe would stop the service.
    private async Task<string> DiscardOutputAsync()
    {
        await Output.BaseStream.CopyToAsync(Stream.Null);
        return "";
    }

    private void OnProcessExit(object? sender, EventArgs e) => Kill();
}
