using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Payments.Durability;

/// <summary>The service in Production, and the requests that the load sends to it.</summary>
internal sealed class ServiceUnderTest : IDisposable
{
    private const string Client = "durability";
    private const string Secret = "known-to-this-run-only";

    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private readonly ServiceProcess _process;
    private HttpClient _client = new();

    /// <param name="folder">The folder of the signing key.</param>
    /// <param name="database">The database settings.</param>
    /// <param name="shell">A shell command to run before the service; null starts the service without a shell.</param>
    public ServiceUnderTest(string folder, (string Key, string Value)[] database, string? shell = null)
    {
        (string, string)[] settings =
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("Authentication__SigningKeyFile", Path.Combine(folder, "signing-key.pem")),
            ("Secrets__KeyFile", Path.Combine(folder, "secrets-key.pem")),
            ("Authentication__Clients__0__ClientId", Client),
            ("Authentication__Clients__0__ClientSecret", Secret),
            ("Authentication__Clients__0__Scopes", "payments:read payments:write"),
            // The whole load is one client.
            ("RateLimiting__RequestsPerSecond", "0"),
            .. database,
        ];
        _process = shell is null ? new ServiceProcess(folder, settings) : ServiceProcess.StartFromShell(shell, folder, settings);
    }

    public int Id => _process.Id;

    /// <summary>Whether it was killed or told to stop. From then on a missing response is no fault.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Waits for the first 200, and returns the time since the start of the process.</summary>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public async Task<TimeSpan> ReadyAsync()
    {
        _client = await _process.ListeningAsync();
        await _client.AuthorizeAsync(Client, Secret);
        using var response = await _client.GetAsync("api/payments/payments?pageSize=1");
        response.EnsureSuccessStatusCode();
        return _sinceStart.Elapsed;
    }

    /// <summary>Sends a request and reads the whole response.</summary>
    /// <exception cref="HttpRequestException">There was no whole response.</exception>
    public async Task<Response> SendAsync(HttpMethod method, string path, string? body = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, $"api/payments/{path}");
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

    /// <summary>Reads an export line by line, oldest payment first.</summary>
    public async IAsyncEnumerable<string> ExportAsync()
    {
        using var response = await _client.GetAsync("api/payments/payments/export?sort=createdAt:asc", HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>
    /// Imports lines and returns each result as it arrives. It writes to a socket because HttpClient returns a response only after it has
    /// sent the whole request, and uses HTTP/1.0 because there a response is not chunked: it ends when the connection closes.
    /// </summary>
    /// <param name="lines">The lines, each with its line break; there may be no end of them.</param>
    /// <param name="length">Their length in bytes.</param>
    /// <exception cref="IOException">The import was rejected or interrupted. The caller counts the results to see whether all arrived.</exception>
    public async IAsyncEnumerable<string> ImportAsync(IEnumerable<string> lines, long length)
    {
        using var connection = await ConnectAsync();
        var stream = connection.GetStream();
        var sending = Task.Run(SendAsync);
        using var reader = new StreamReader(stream);
        if ((await reader.ReadLineAsync())?.Split(' ') is not [_, "200", ..])
        {
            throw new IOException("The import was rejected.");
        }

        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // A header.
        }

        while (await reader.ReadLineAsync() is { } line)
        {
            yield return line.EndsWith('}') ? line : throw new IOException("The import was interrupted within a line.");
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

    /// <summary>Sends half a request. Its connection stays open until the returned object is disposed.</summary>
    public async Task<IDisposable> SendHalfAsync()
    {
        var connection = await ConnectAsync();
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head("payments", "application/json", 100) + "{"));
        return connection;
    }

    /// <summary>SIGKILL: the process gets no chance to flush or to close anything.</summary>
    public void Kill()
    {
        IsEnding = true;
        _process.Kill();
    }

    /// <summary>SIGSTOP: the process stands still and sends no more responses.</summary>
    public async Task FreezeAsync()
    {
        _process.Signal("STOP");
        await Task.Delay(10); // until all of its threads have stopped
    }

    /// <summary>SIGTERM, as an orchestrator stops the service. Returns its exit code, its standard error, and how long it took.</summary>
    public (int Code, string Errors, TimeSpan Time) Terminate()
    {
        IsEnding = true;
        var time = Stopwatch.StartNew();
        _process.Signal("TERM");
        var (code, _, errors) = _process.Exited();
        return (code, errors.Trim(), time.Elapsed);
    }

    public void Dispose()
    {
        IsEnding = true;
        _process.Dispose();
        _client.Dispose();
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
            throw new IOException("The service accepts no connections.", e);
        }
    }
}

/// <summary>A response of the service.</summary>
internal sealed record Response(HttpStatusCode Status, string Body, bool IsReplayed, bool HasRetryAfter)
{
    public bool IsSuccess => Status is HttpStatusCode.OK or HttpStatusCode.NoContent;
}
