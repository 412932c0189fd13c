using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.Bench.Load;

/// <summary>A measured endpoint: a separate process with its own folder and port.</summary>
internal sealed class Target : IDisposable
{
    private const string Client = "bench";
    private const string Secret = "known-to-this-run-only";

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly Stopwatch _sinceStart;
    private long _sent;
    private PaymentSample.Template[] _creates = [];
    private PaymentSample.Template[] _lines = [];

    private Target(string name, string folder, string dll, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        (Name, Folder) = (name, folder);
        _sinceStart = Stopwatch.StartNew();
        _process = Start(dll, arguments, environment);
        Address = ReadAddress();
        _client = new HttpClient { BaseAddress = new Uri($"http://{Address}/") };
    }

    public string Name { get; }

    public string Folder { get; }

    public IPEndPoint Address { get; }

    /// <summary>The numbers of payments below this one have been sent.</summary>
    public long Sent => _sent;

    public PaymentSample Sample { get; private set; } = null!;

    /// <summary>The end of a request's first line, and the headers of every request.</summary>
    public string Headers { get; private set; } = "";

    /// <summary>The same for a request without a body.</summary>
    public byte[] End { get; private set; } = [];

    public string DatabaseFile => Path.Combine(Folder, "payments.db");

    /// <summary>The service as an operator runs it: a Release build, production settings, its own token endpoint.</summary>
    public static async Task<Target> StartServiceAsync(string name, string folder, string dll, PaymentSample? sample = null, long stored = 0, string environment = "Production")
    {
        var target = new Target(name, folder, dll, [], Settings(folder, environment)) { _sent = stored };
        await target.RenewTokenAsync();
        target.Use(sample ?? new PaymentSample(await target.InstallAsync()));
        return target;
    }

    /// <summary>One of this program's own endpoints, which takes the tokens of a service.</summary>
    public static Target StartPlain(string kind, string folder, Target service)
    {
        var target = new Target(kind, folder, typeof(Target).Assembly.Location, ["--serve", kind], new()
        {
            ["Plain__Database"] = Path.Combine(folder, "payments.db"),
            ["Plain__SigningKeyFile"] = Path.Combine(service.Folder, "signing-key.pem"),
            ["Plain__ConnectorId"] = service.Sample.ConnectorId,
        });
        target.UseTokenOf(service);
        target.Use(service.Sample);
        return target;
    }

    /// <summary>Runs the command <c>verify</c> on the database of a stopped service. Its progress and its result go to standard error.</summary>
    /// <exception cref="InvalidOperationException">The command failed.</exception>
    public static async Task<Verification> VerifyAsync(string folder, string dll)
    {
        var time = Stopwatch.StartNew();
        var process = Start(dll, ["verify"], Settings(folder, "Production"));
        var (processor, bytes) = (TimeSpan.Zero, 0L);
        var output = process.StandardOutput.ReadToEndAsync();
        while (await Task.WhenAny(output, Task.Delay(200)) != output)
        {
            process.Refresh();
            try
            {
                (processor, bytes) = (process.TotalProcessorTime, Math.Max(bytes, process.PeakWorkingSet64));
            }
            catch (Exception e) when (e is InvalidOperationException or Win32Exception)
            {
                // It has just ended, so the last values count.
            }
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? new(time.Elapsed, processor, bytes) : throw new InvalidOperationException($"verify exited with {process.ExitCode}.");
    }

    /// <summary>Asks for a token, for one lasts an hour and a run may be longer.</summary>
    public async Task RenewTokenAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/oauth/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials" }),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Client}:{Secret}")));
        using var response = await _client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        UseToken((string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!);
    }

    /// <summary>A client with the token of the load.</summary>
    public HttpClient NewClient(TimeSpan timeout) => new()
    {
        BaseAddress = _client.BaseAddress,
        Timeout = timeout,
        DefaultRequestHeaders = { Authorization = _client.DefaultRequestHeaders.Authorization },
    };

    public void UseTokenOf(Target service) => UseToken(service._client.DefaultRequestHeaders.Authorization!.Parameter!);

    public int WriteCreate(long number, byte[] request) => _creates[number % _creates.Length].Write(number, request);

    public int WriteLine(long number, Span<byte> line) => _lines[number % _lines.Length].Write(number, line);

    public long TakeNumber() => Interlocked.Increment(ref _sent) - 1;

    /// <summary>The processor time that the process has used so far.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>The bytes of memory that the process holds.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>How long it took from the process's start to the first 200 for a create.</summary>
    public async Task<TimeSpan> FirstCreateAsync()
    {
        using var connection = await HttpConnection.OpenAsync(Address);
        var request = new byte[4096];
        var status = await connection.SendAsync(request.AsMemory(0, WriteCreate(TakeNumber(), request)));
        return status == 200 ? _sinceStart.Elapsed : throw new InvalidOperationException($"{Name} returned {status}.");
    }

    /// <summary>Ends the process as an operator does, so that the file holds all, and waits for it.</summary>
    public async Task StopAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill();
        }
        else
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        }

        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        Kill(_process);
        _client.Dispose();
    }

    private static Dictionary<string, string> Settings(string folder, string environment) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = environment,
        ["Events__CheckpointKeyFile"] = Path.Combine(folder, "checkpoint-key.pem"),
        ["Database__ConnectionString"] = $"Data Source={Path.Combine(folder, "payments.db")}",
        ["Authentication__SigningKeyFile"] = Path.Combine(folder, "signing-key.pem"),
        ["Secrets__KeyFile"] = Path.Combine(folder, "secrets-key.pem"),
        ["Authentication__Clients__0__ClientId"] = Client,
        ["Authentication__Clients__0__ClientSecret"] = Secret,
        ["Authentication__Clients__0__Scopes"] = "payments:read payments:write",
        // The one client of the load is counted and never limited, in this build and in those that limit a client by default.
        ["RateLimiting__RequestsPerSecond"] = "1000000",
        ["RateLimiting__ProviderWebhooksPerSecond"] = "1000000",
        ["RateLimiting__Burst"] = "1000000",
    };

    private static Process Start(string dll, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            // Where its settings are.
            WorkingDirectory = Path.GetDirectoryName(dll),
            RedirectStandardOutput = true,
            // MALLOC_ARENA_MAX as in the image and the systemd unit, for each endpoint.
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["MALLOC_ARENA_MAX"] = "1" },
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        // Those are for the load program alone.
        start.Environment.Remove(Program.InlineCompletions);
        start.Environment.Remove(Program.SocketThreads);
        var process = Process.Start(start)!;
        // However this program ends, none is left behind.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Kill(process);
        AppDomain.CurrentDomain.UnhandledException += (_, _) => Kill(process);
        return process;
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private IPEndPoint ReadAddress()
    {
        using var idleTimeout = new CancellationTokenSource(IdleTimeout);
        using var impatience = idleTimeout.Token.Register(_process.Kill);
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Split("listens on http://") is [_, var address])
            {
                // What else it prints must not fill the pipe.
                _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return IPEndPoint.Parse(address.Split(';')[0]);
            }
        }

        throw new InvalidOperationException($"{Name} did not start.");
    }

    private void UseToken(string token)
    {
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Headers = $"HTTP/1.1\r\nHost: {Address}\r\nAuthorization: Bearer {token}\r\n";
        End = Encoding.ASCII.GetBytes($"{Headers}\r\n");
        if (Sample is not null)
        {
            Use(Sample);
        }
    }

    private void Use(PaymentSample sample)
    {
        Sample = sample;
        _lines = sample.Lines();
        _creates = sample.Behind(length => $"POST /api/payments/payments {Headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    }

    private async Task<string> InstallAsync()
    {
        using var response = await _client.PostAsJsonAsync("api/payments/connectors/stripe", new { name = "bench" });
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["data"]!["connectorID"]!;
    }
}
