using System.Net.Sockets;
using System.Text;

namespace Payments.Api.Tests;

/// <summary>The limits of the server, tested with bytes on a socket because HTTP clients do not exceed them.</summary>
public sealed class ServerLimitTests
{
    private PaymentsService _service = null!;
    private string _token = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        // The shortest values that the server accepts.
        _service = await new PaymentsService(
            ("Kestrel:Limits:RequestHeadersTimeout", "00:00:01"),
            ("Kestrel:Limits:KeepAliveTimeout", "00:00:01"),
            ("Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond", "8192"),
            ("Kestrel:Limits:MinRequestBodyDataRate:GracePeriod", "00:00:01.1")).AuthorizedAsync();
        _token = _service.Client.DefaultRequestHeaders.Authorization!.ToString();
    }

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [TestCase(32 * 1024, 200)]
    [TestCase((32 * 1024) + 1, 414)]
    public async Task RequestLine_TooLong_Returns414(int length, int status)
    {
        const string Start = "GET /health/live?";
        const string End = " HTTP/1.1\r\n";
        var line = $"{Start}{new string('x', length - Start.Length - End.Length)}{End}";
        Assert.That(await SendAsync($"{line}Host: x\r\nConnection: close\r\n\r\n"), Does.StartWith($"HTTP/1.1 {status} "));
    }

    [TestCase(100, 200)]
    [TestCase(101, 431)]
    public async Task Headers_TooMany_Returns431(int count, int status)
    {
        var headers = string.Concat(Enumerable.Range(0, count - 2).Select(i => $"x-{i}: y\r\n"));
        Assert.That(await SendAsync($"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"), Does.StartWith($"HTTP/1.1 {status} "));
    }

    [TestCase(31 * 1024, 200)]
    [TestCase(33 * 1024, 431)]
    public async Task Headers_TooLong_Returns431(int length, int status) => Assert.That(
        await SendAsync($"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx: {new string('y', length)}\r\n\r\n"),
        Does.StartWith($"HTTP/1.1 {status} "));

    [TestCase("GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n")]
    [TestCase("GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n")]
    [TestCase("nonsense\r\n\r\n")]
    public async Task Request_InvalidHttp_Returns400WithoutBody(string request)
    {
        var response = await SendAsync(request);
        Assert.That(response, Does.StartWith("HTTP/1.1 400 ").And.EndsWith("\r\n\r\n"));
        Assert.That(response, Does.Not.Contain("Server:"));
    }

    [Test]
    public async Task Headers_Incomplete_Returns408() =>
        Assert.That(await SendAsync("GET /health/live HTTP/1.1\r\nHost: x\r\n"), Does.StartWith("HTTP/1.1 408 "));

    [Test]
    public async Task Connection_Idle_IsClosed() =>
        Assert.That(await SendAsync("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"), Does.StartWith("HTTP/1.1 200 "), "the only bytes before the connection is closed");

    [Test]
    public async Task Body_TooSlow_Returns408ExceptForImport()
    {
        var connector = await _service.InstallAsync();
        using var import = new TcpClient("127.0.0.1", _service.Client.BaseAddress!.Port);
        var line = Request.Payment(connector);
        await import.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/payments/payments/import HTTP/1.1\r\nHost: x\r\nAuthorization: {_token}\r\nContent-Type: application/x-ndjson\r\n"
            + $"Connection: close\r\nContent-Length: {line.Length}\r\n\r\n{line[..1]}"));

        var response = await SendAsync(
            $"POST /api/payments/payments HTTP/1.1\r\nHost: x\r\nAuthorization: {_token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{");
        Assert.That(response, Does.StartWith("HTTP/1.1 408 ").And.Contain("\"errorCode\":\"REQUEST_TIMEOUT\""));

        await import.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line[1..]));
        Assert.That(await ReadAsync(import), Does.StartWith("HTTP/1.1 200 ").And.Contain("\"outcome\":\"stored\""));
    }

    [Test]
    public async Task Body_ChunkedTooLong_Returns413()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/payments/payments")
        {
            Content = new StringContent($"{{\"reference\":\"{new string('x', 256 * 1024)}\"}}", Encoding.UTF8, "application/json"),
            Headers = { TransferEncodingChunked = true },
        };
        using var response = await _service.Client.SendAsync(request);
        Assert.That(await response.ErrorAsync(), Is.EqualTo((413, "BODY_TOO_LARGE")));
    }

    [TestCase(32, "VALIDATION")]
    [TestCase(33, "MISSING_OR_INVALID_BODY")]
    public async Task Json_TooDeep_ReturnsInvalidBody(int depth, string expected)
    {
        // The request is the first level, its raw the second.
        var raw = string.Concat(Enumerable.Repeat("{\"a\":", depth - 2)) + "{}" + new string('}', depth - 2);
        var (_, problem) = await _service.PostAsync("payments", Request.Payment("x", ("raw", raw)));
        Assert.That((string?)problem["errorCode"], Is.EqualTo(expected));
    }

    [Test]
    public async Task Upgrade_WebSocket_IsIgnored() => Assert.That(
        await SendAsync("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
        Does.StartWith("HTTP/1.1 200 "));

    [Test]
    public async Task Connections_TooMany_AreClosedUntilOneEnds()
    {
        using var service = new PaymentsService(("Kestrel:Limits:MaxConcurrentConnections", "2"));
        var port = service.Client.BaseAddress!.Port;
        using var first = new TcpClient("127.0.0.1", port);
        using (var second = new TcpClient("127.0.0.1", port))
        {
            // A connection counts once it is accepted.
            await AssertServedAsync(first);
            await AssertServedAsync(second);
            using var third = new TcpClient("127.0.0.1", port);
            Assert.That(await ReadAsync(third), Is.Empty);
        }

        while (true)
        {
            using var again = new TcpClient("127.0.0.1", port);
            await again.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
            if ((await ReadAsync(again)).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                break;
            }
        }

        static async Task AssertServedAsync(TcpClient client)
        {
            await client.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            Assert.That(await client.GetStream().ReadAsync(new byte[1]), Is.EqualTo(1));
        }
    }

    /// <summary>Sends bytes and returns everything that the server sends until it closes the connection.</summary>
    private async Task<string> SendAsync(string request)
    {
        using var client = new TcpClient("127.0.0.1", _service.Client.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return await ReadAsync(client);
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        using var response = new MemoryStream();
        try
        {
            using var idleTimeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await client.GetStream().CopyToAsync(response, idleTimeout.Token);
        }
        catch (IOException)
        {
            // A connection is reset if the server closes it before it has read everything.
        }

        return Encoding.UTF8.GetString(response.ToArray());
    }
}
