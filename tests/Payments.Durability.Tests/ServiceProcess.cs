using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.Durability.Tests;

/// <summary>The service as an operator runs it, as a process of its own.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string Client = "durability";
    private const string Secret = "known-to-this-run-only";

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private HttpClient _client = new();

    /// <param name="folder">For its key.</param>
    /// <param name="database">Its settings of the database.</param>
    /// <param name="shell">What a shell does before it becomes the service; none where no shell is needed.</param>
    public ServiceProcess(string folder, IReadOnlyDictionary<string, string> database, string? shell = null)
    {
        // The same build as this one.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var dll = Path.GetFullPath(Path.Combine(own.FullName, "..", "..", "Payments.Api", own.Name, "Payments.Api.dll"));
        var start = shell is null
            ? new ProcessStartInfo("dotnet", [dll])
            : new ProcessStartInfo("sh", ["-c", $"{shell}; exec dotnet \"$0\"", dll]);
        start.WorkingDirectory = Path.GetDirectoryName(dll);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["Authentication__SigningKeyFile"] = Path.Combine(folder, "signing-key.pem");
        start.Environment["Authentication__Clients__0__ClientId"] = Client;
        start.Environment["Authentication__Clients__0__ClientSecret"] = Secret;
        start.Environment["Authentication__Clients__0__Scopes"] = "payments:read payments:write";
        // One client is all of the load, and more of it than one is let through.
        start.Environment["RateLimiting__RequestsPerSecond"] = "0";
        foreach (var (key, value) in database)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
        // However this program ends, none is left behind.
        AppDomain.CurrentDomain.ProcessExit += Kill;
    }

    public int Id => _process.Id;

    /// <summary>Whether it has been killed or told to stop, so that no answer is no fault.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Waits for its first 200, and returns how long that took from the start of the process.</summary>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public async Task<TimeSpan> ReadyAsync()
    {
        using var idleTimeout = new CancellationTokenSource(IdleTimeout);
        await using var impatience = idleTimeout.Token.Register(() => Kill(null, EventArgs.Empty));
        while (await _process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (line.Split("listens on ") is [_, var address])
            {
                // What else it prints must not fill the pipe.
                _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                _client = new HttpClient { BaseAddress = new Uri($"{address.Split(';')[0]}/api/"), Timeout = TimeSpan.FromMinutes(2) };
                await AuthorizeAsync();
                using var answer = await _client.GetAsync("payments/payments?pageSize=1", CancellationToken.None);
                answer.EnsureSuccessStatusCode();
                return _sinceStart.Elapsed;
            }
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        throw new InvalidOperationException($"The service did not start: {_errors.ToString().Trim()}");
    }

    /// <summary>Sends one request and reads its whole answer.</summary>
    /// <exception cref="HttpRequestException">There was no whole answer.</exception>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, $"payments/{path}");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _client.SendAsync(request, cancellationToken);
        return new(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(cancellationToken),
            response.Headers.Contains("Idempotent-Replayed"),
            response.Headers.RetryAfter is not null);
    }

    /// <summary>Reads an export line by line as it comes, the oldest payment first.</summary>
    public async IAsyncEnumerable<string> ExportAsync()
    {
        using var response = await _client.GetAsync("payments/payments/export?sort=createdAt:asc", HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>
    /// Sends lines to be imported, and reads the answers as they come, which the client of the base library does only when all is sent. In
    /// HTTP/1.0, where an answer is not cut into chunks and ends with its connection.
    /// </summary>
    /// <param name="lines">The lines, each with its end; they may come without end.</param>
    /// <param name="length">How many bytes they are.</param>
    /// <exception cref="IOException">It was refused or broke off; whether all lines were answered, only their number says.</exception>
    public async IAsyncEnumerable<string> ImportAsync(IEnumerable<string> lines, long length)
    {
        using var connection = await ConnectAsync();
        var stream = connection.GetStream();
        var sending = Task.Run(SendAsync);
        using var reader = new StreamReader(stream);
        if ((await reader.ReadLineAsync())?.Split(' ') is not [_, "200", ..])
        {
            throw new IOException("The import was refused.");
        }

        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // A header.
        }

        while (await reader.ReadLineAsync() is { } line)
        {
            yield return line.EndsWith('}') ? line : throw new IOException("The import broke off within a line.");
        }

        await sending;

        async Task SendAsync()
        {
            await using var writer = new StreamWriter(stream, leaveOpen: true);
            await writer.WriteAsync(Head("payments/import", "application/x-ndjson", length));
            foreach (var line in lines)
            {
                await writer.WriteAsync(line);
            }
        }
    }

    /// <summary>Sends the half of a request; its connection is open as long as what is returned.</summary>
    public async Task<IDisposable> SendHalfAsync()
    {
        var connection = await ConnectAsync();
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head("payments", "application/json", 100) + "{"));
        return connection;
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said good-bye to.</summary>
    public void Kill() => Kill(null, EventArgs.Empty);

    /// <summary>SIGSTOP: from now on it does nothing and answers nobody.</summary>
    public async Task FreezeAsync()
    {
        SystemProgram.Run("kill", "-STOP", $"{_process.Id}");
        await Task.Delay(10); // until all of its threads have noticed
    }

    /// <summary>SIGTERM, as an orchestrator stops it; returns its status, what it wrote to standard error, and how long it took.</summary>
    public async Task<(int Status, string Errors, TimeSpan Time)> TerminateAsync()
    {
        IsEnding = true;
        var time = Stopwatch.StartNew();
        SystemProgram.Run("kill", "-TERM", $"{_process.Id}");
        using var idleTimeout = new CancellationTokenSource(IdleTimeout);
        await _process.WaitForExitAsync(idleTimeout.Token);
        return (_process.ExitCode, _errors.ToString().Trim(), time.Elapsed);
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill();
        _process.Dispose();
        _client.Dispose();
    }

    private void Kill(object? sender, EventArgs e)
    {
        IsEnding = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    private string Head(string path, string type, long length) =>
        $"POST /api/payments/{path} HTTP/1.0\r\nContent-Type: {type}\r\nContent-Length: {length}\r\nAuthorization: {_client.DefaultRequestHeaders.Authorization}\r\n\r\n";

    private async Task<TcpClient> ConnectAsync()
    {
        var connection = new TcpClient();
        try
        {
            await connection.ConnectAsync("127.0.0.1", _client.BaseAddress!.Port);
            return connection;
        }
        catch (SocketException e)
        {
            connection.Dispose();
            throw new IOException("The service takes no connection.", e);
        }
    }

    private async Task AuthorizeAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "auth/oauth/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Client}:{Secret}")));
        using var answer = await _client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        var token = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["access_token"]!;
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }
}

/// <summary>What the service answered.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, bool IsReplayed, bool HasRetryAfter)
{
    public bool IsSuccess => Status is HttpStatusCode.OK or HttpStatusCode.NoContent;
}
