using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Payments.Api.Tests;

/// <summary>The limits of concurrent imports, exports and long polls.</summary>
public sealed class StreamLimitTests
{
    private PaymentsService _service = null!;

    // A reader that stops falls below this rate immediately. The grace period is long enough for other readers.
    [OneTimeSetUp]
    public async Task StartAsync() => _service = await new PaymentsService(
        ("Kestrel:Limits:MinResponseDataRate:BytesPerSecond", "1000000000"),
        ("Kestrel:Limits:MinResponseDataRate:GracePeriod", "00:00:01.1"),
        ("Events:MaxLongPolls", "1")).AuthorizedAsync();

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task Imports_TooMany_Return429UntilOneEnds()
    {
        var line = Encoding.ASCII.GetBytes($"{Request.Payment(await _service.InstallAsync())}\n");
        var open = new List<TcpClient>();
        for (var i = 0; i < 3; i++)
        {
            var import = new TcpClient("127.0.0.1", _service.Client.BaseAddress!.Port);
            open.Add(import);
            await import.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /api/payments/payments/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                + $"Authorization: {_service.Client.DefaultRequestHeaders.Authorization}\r\nContent-Length: {line.Length + 1}\r\n\r\n"));
            await import.GetStream().WriteAsync(line);
            // The response to its line shows that the import is running.
            Assert.That(await import.GetStream().ReadAsync(new byte[1]), Is.EqualTo(1));
        }

        using var limited = await PostAsync();
        Assert.That(limited.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(10)));
        using (var single = await _service.SendAsync("payments", Encoding.ASCII.GetString(line)))
        {
            Assert.That(single.StatusCode, Is.EqualTo(HttpStatusCode.OK), "a single request is not an import");
        }

        using (var anonymous = new HttpClient())
        using (var rejected = await anonymous.PostAsync(new Uri(_service.Client.BaseAddress!, "api/payments/payments/import"), null))
        {
            Assert.That(rejected.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "a request without a token does not count and is not limited");
        }

        await open[0].GetStream().WriteAsync("\n"u8.ToArray());
        await UntilAcceptedAsync(PostAsync);
        open.ForEach(import => import.Dispose());

        Task<HttpResponseMessage> PostAsync() =>
            _service.Client.PostAsync("api/payments/payments/import", new StringContent("", Encoding.UTF8, "application/x-ndjson"));
    }

    [Test]
    public async Task Exports_ReadersStop_Return429ToOthersUntilDisconnected()
    {
        var connector = await _service.InstallAsync();
        var raw = $"{{\"text\":\"{new string('x', 200_000)}\"}}";
        using var lines = new StringContent(
            string.Join('\n', Enumerable.Range(0, 60).Select(i => Request.Payment(connector, ("reference", $"\"{i}\""), ("raw", raw)))), Encoding.UTF8, "application/x-ndjson");
        using (var import = await _service.Client.PostAsync("api/payments/payments/import", lines))
        {
            import.EnsureSuccessStatusCode();
        }

        var readers = new List<TcpClient>();
        for (var i = 0; i < 4; i++)
        {
            var reader = new TcpClient { ReceiveBufferSize = 4096 };
            readers.Add(reader);
            await reader.ConnectAsync(IPAddress.Loopback, _service.Client.BaseAddress!.Port);
            await reader.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"GET /api/payments/payments/export HTTP/1.1\r\nHost: x\r\nAuthorization: {_service.Client.DefaultRequestHeaders.Authorization}\r\n\r\n"));
            Assert.That(await reader.GetStream().ReadAsync(new byte[1]), Is.EqualTo(1));
        }

        using (var limited = await ExportAsync())
        {
            Assert.That(limited.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        }

        await UntilAcceptedAsync(ExportAsync);
        readers.ForEach(reader => reader.Dispose());

        Task<HttpResponseMessage> ExportAsync() => _service.Client.GetAsync("api/payments/payments/export");
    }

    [Test]
    public async Task LongPolls_TooMany_Return429UntilOneEnds()
    {
        using var read = await _service.Client.GetAsync("api/payments/events?limit=1000");
        var end = read.Headers.GetValues("Payments-Position").Single();
        Task<HttpResponseMessage>[] polls = [PollAsync(30), PollAsync(30)];

        using var limited = await await Task.WhenAny(polls);
        Assert.That(limited.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)));
        using (var immediate = await PollAsync(0))
        {
            Assert.That(immediate.StatusCode, Is.EqualTo(HttpStatusCode.OK), "a request that does not wait is not limited");
        }

        await _service.InstallAsync();
        foreach (var poll in polls)
        {
            using var response = await poll;
            Assert.That(response == limited || response.StatusCode == HttpStatusCode.OK);
        }

        end = $"{long.Parse(end, CultureInfo.InvariantCulture) + 1}";
        using var next = await PollAsync(1);
        Assert.That(next.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        Task<HttpResponseMessage> PollAsync(int timeout) => _service.Client.GetAsync($"api/payments/events?after={end}&timeout={timeout}");
    }

    private static async Task UntilAcceptedAsync(Func<Task<HttpResponseMessage>> send)
    {
        using var idleTimeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var response = await send();
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return;
            }

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
            await Task.Delay(100, idleTimeout.Token);
        }
    }
}
