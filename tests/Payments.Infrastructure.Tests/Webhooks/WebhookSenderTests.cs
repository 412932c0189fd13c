using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Payments.Application.Webhooks;
using Payments.Domain;
using Payments.Domain.Webhooks;
using Payments.Infrastructure.Webhooks;
using StandardWebhooks;

namespace Payments.Infrastructure.Tests.Webhooks;

public sealed class WebhookSenderTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Test]
    public async Task SendAsync_Accepted_SendsWhatStandardWebhooksAsksFor()
    {
        await using var receiver = new RawReceiver(_ => "HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\ndone");
        var attempt = await SendAsync(receiver.Url);
        var (headers, body) = receiver.Requests.Single();
        Assert.Multiple(() =>
        {
            Assert.That((attempt.Status, attempt.Error, attempt.Response, attempt.IsSuccess), Is.EqualTo((202, (string?)null, "done", true)));
            Assert.That(attempt.Duration, Is.GreaterThan(TimeSpan.Zero).And.LessThan(TimeSpan.FromSeconds(10)));
            Assert.That(body, Is.EqualTo("""{"type":"test"}"""));
            Assert.That(headers["content-type"], Is.EqualTo("application/json"));
            Assert.That(headers["webhook-id"], Is.EqualTo("evt_1_7"));
            Assert.That(headers["user-agent"], Does.StartWith("Payments/"));
            Assert.That(headers.Keys, Does.Not.Contain("x-forwarded-for").And.Not.Contain("cookie").And.Not.Contain("traceparent"));
            var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(headers["webhook-timestamp"], CultureInfo.InvariantCulture));
            Assert.That(headers["webhook-signature"], Is.EqualTo(new StandardWebhook(Secret).Sign("evt_1_7", at, body)));
        });
    }

    [Test]
    public async Task SendAsync_Redirect_IsTheResultAndIsNotFollowed()
    {
        await using var other = new RawReceiver(_ => Response(200));
        await using var receiver = new RawReceiver(_ => $"HTTP/1.1 307 Temporary Redirect\r\nLocation: {other.Url}\r\nContent-Length: 0\r\n\r\n");
        var attempt = await SendAsync(receiver.Url);
        Assert.That((attempt.Status, attempt.IsSuccess), Is.EqualTo((307, false)));
        Assert.That(other.Requests, Is.Empty);
    }

    [Test]
    public async Task SendAsync_ProxyConfigured_IsNotUsed()
    {
        await using var proxy = new RawReceiver(_ => Response(200));
        await using var receiver = new RawReceiver(_ => Response(204));
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy(proxy.Url, BypassOnLocal: false);
        try
        {
            Assert.That((await SendAsync(receiver.Url)).Status, Is.EqualTo(204));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.That(proxy.Requests, Is.Empty);
    }

    [Test]
    public async Task SendAsync_CookieFromOneDelivery_IsNotSentWithTheNext()
    {
        await using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 0\r\n\r\n");
        using var sender = Sender();
        await sender.SendAsync(Message(receiver.Url), default);
        await sender.SendAsync(Message(receiver.Url), default);
        Assert.That(receiver.Requests.Select(request => request.Headers.ContainsKey("cookie")), Is.EqualTo((bool[])[false, false]));
    }

    [Test]
    public async Task SendAsync_LongResponse_KeepsTheFirstKilobyte()
    {
        await using var receiver = new RawReceiver(_ => $"HTTP/1.1 500 Oh\r\nContent-Length: 5000\r\n\r\n{new string('x', 5000)}");
        Assert.That((await SendAsync(receiver.Url)).Response, Is.EqualTo(new string('x', 1024)));
    }

    [Test]
    public async Task SendAsync_EndlessResponse_EndsSoonWithItsStatus()
    {
        await using var receiver = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nstart");
        var began = Stopwatch.GetTimestamp();
        var attempt = await SendAsync(receiver.Url);
        Assert.That((attempt.Status, attempt.Response), Is.EqualTo((200, "start")));
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task SendAsync_ControlCharactersInResponse_AreReplaced()
    {
        await using var receiver = new RawReceiver(_ => "HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\na\0\u001b\nb");
        Assert.That((await SendAsync(receiver.Url)).Response, Is.EqualTo("a\uFFFD\uFFFD\nb"));
    }

    [Test]
    public async Task SendAsync_NoResponse_TimesOutAndSaysSo()
    {
        await using var receiver = new RawReceiver(_ => null);
        using var sender = Sender(timeout: TimeSpan.FromSeconds(1));
        var attempt = await sender.SendAsync(Message(receiver.Url), default);
        Assert.That((attempt.Status, attempt.Error), Is.EqualTo(((int?)null, "no response within 1 seconds")));
        Assert.That(attempt.Duration, Is.GreaterThan(TimeSpan.FromSeconds(0.9)));
    }

    [Test]
    public void SendAsync_CallerStops_ThrowsOperationCanceled()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.That(
            async () =>
            {
                await using var receiver = new RawReceiver(_ => null);
                using var sender = Sender();
                await sender.SendAsync(Message(receiver.Url), stop.Token);
            },
            Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("Retry-After: 120", 120)]
    [TestCase("Retry-After: -1", null)]
    [TestCase("Retry-After: soon", null)]
    [TestCase("Other: 1", null)]
    public async Task SendAsync_RetryAfter_IsRead(string header, int? seconds)
    {
        await using var receiver = new RawReceiver(_ => $"HTTP/1.1 503 Busy\r\n{header}\r\nContent-Length: 0\r\n\r\n");
        Assert.That((await SendAsync(receiver.Url)).RetryAfter, Is.EqualTo(seconds is { } value ? TimeSpan.FromSeconds(value) : (TimeSpan?)null));
    }

    [Test]
    public async Task SendAsync_RetryAfterAsDate_IsReadAsDelay()
    {
        await using var receiver = new RawReceiver(_ => $"HTTP/1.1 503 Busy\r\nRetry-After: {DateTimeOffset.UtcNow.AddMinutes(2):R}\r\nContent-Length: 0\r\n\r\n");
        Assert.That((await SendAsync(receiver.Url)).RetryAfter, Is.EqualTo(TimeSpan.FromMinutes(2)).Within(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task SendAsync_NobodyListens_ReportsTheError()
    {
        string url;
        await using (var receiver = new RawReceiver(_ => null))
        {
            url = receiver.Url;
        }

        Assert.That((await SendAsync(url)).Error, Does.Contain("refused"));
    }

    [Test]
    public async Task SendAsync_HostUnknown_ReportsTheError() =>
        Assert.That(await SendAsync("https://receiver.invalid/"), Has.Property(nameof(WebhookAttempt.Error)).Not.Empty.And.Property(nameof(WebhookAttempt.Status)).Null);

    // The encodings of an internal address that have passed the checks of other services.
    [TestCase("https://127.0.0.1:1/", "127.0.0.1")]
    [TestCase("https://2130706433:1/", "127.0.0.1")]
    [TestCase("https://0x7f000001:1/", "127.0.0.1")]
    [TestCase("https://0177.0.0.1:1/", "127.0.0.1")]
    [TestCase("https://127.1:1/", "127.0.0.1")]
    [TestCase("https://10.1.2.3/", "10.1.2.3")]
    [TestCase("https://172.16.0.1/", "172.16.0.1")]
    [TestCase("https://192.168.0.1/", "192.168.0.1")]
    [TestCase("https://169.254.169.254/latest/meta-data/", "169.254.169.254")]
    [TestCase("https://168.63.129.16/", "168.63.129.16")]
    [TestCase("https://100.64.0.1/", "100.64.0.1")]
    [TestCase("https://0.0.0.0/", "0.0.0.0")]
    [TestCase("https://[::]/", "::")]
    [TestCase("https://[::1]/", "::1")]
    [TestCase("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1")]
    [TestCase("https://[::10.0.0.1]/", "::10.0.0.1")]
    [TestCase("https://[64:ff9b::a00:1]/", "64:ff9b::a00:1")]
    [TestCase("https://[2002:a00:1::]/", "2002:a00:1::")]
    [TestCase("https://[fe80::1]/", "fe80::1")]
    [TestCase("https://[fd00::1]/", "fd00::1")]
    public async Task SendAsync_InternalAddress_IsRefusedNamingAddressAndSetting(string url, string address)
    {
        using var sender = Sender();
        var refusal = $"must not lead to {address}, because this is not a public address. To allow it, add its network to the setting Webhooks:AllowedNetworks";
        Assert.That((await sender.SendAsync(Message(url), default)).Error, Is.EqualTo(refusal));
        Assert.That(await sender.FindDenialAsync(Url(url), default), Is.EqualTo(refusal), "creating an endpoint and testing one obey the same rule");
    }

    [Test]
    public async Task SendAsync_NameOfAnInternalAddress_IsRefusedNamingBoth()
    {
        using var sender = Sender();
        var error = (await sender.SendAsync(Message("https://localhost:1/"), default)).Error;
        Assert.That(error, Does.StartWith("must not lead to localhost at ").And.Contain("Webhooks:AllowedNetworks"));
        Assert.That(await sender.FindDenialAsync(Url("https://localhost:1/"), default), Is.EqualTo(error));
    }

    [Test]
    public async Task SendAsync_AllowedNetwork_ConnectsWithTls()
    {
        await using var receiver = new RawReceiver(_ => Response(200));
        using var sender = Sender(allowed: "127.0.0.0/8");
        var url = receiver.Url.Replace("http:", "https:", StringComparison.Ordinal);
        Assert.That(await sender.FindDenialAsync(Url(url), default), Is.Null);
        Assert.That((await sender.SendAsync(Message(url), default)).Status, Is.Null, "the receiver speaks no TLS");
        Assert.That(receiver.Connections, Is.EqualTo(1));
    }

    [Test]
    public async Task SendAsync_HttpOutsideDevelopment_IsRefused()
    {
        await using var receiver = new RawReceiver(_ => Response(200));
        using var sender = Sender("Production", allowed: "127.0.0.0/8");
        var attempt = await sender.SendAsync(Message(receiver.Url), default);
        Assert.That(attempt.Error, Does.StartWith("must be an https URL").And.Contain("ASPNETCORE_ENVIRONMENT"));
        Assert.That(await sender.FindDenialAsync(Url(receiver.Url), default), Is.EqualTo(attempt.Error));
        Assert.That(receiver.Requests, Is.Empty);
    }

    [Test]
    public void Validate_WrongSettings_NamesEach() => Assert.That(
        new WebhookOptions.Validation().Validate(null, new WebhookOptions { AllowedNetworks = ["10.0.0.0/8", "10.1.2.3", "internal"], MaxEndpoints = -1 }).Failures,
        Is.EqualTo((string[])
        [
            "Webhooks:AllowedNetworks contains '10.1.2.3'. Set it to networks in CIDR notation, such as 10.1.0.0/16 or 10.1.2.3/32.",
            "Webhooks:AllowedNetworks contains 'internal'. Set it to networks in CIDR notation, such as 10.1.0.0/16 or 10.1.2.3/32.",
            "Webhooks:MaxEndpoints is '-1'. Set it to a number from 0 to 1000.",
        ]));

    private static async Task<WebhookAttempt> SendAsync(string url)
    {
        using var sender = Sender();
        return await sender.SendAsync(Message(url), default);
    }

    private static WebhookSender Sender(string environment = "Development", string? allowed = null, TimeSpan? timeout = null) => new(
        new TargetAddresses(
            Options.Create(new WebhookOptions { AllowedNetworks = allowed is null ? [] : [allowed] }), new HostingEnvironment { EnvironmentName = environment }),
        TimeProvider.System)
    {
        Timeout = timeout ?? TimeSpan.FromSeconds(15),
    };

    private static WebhookUrl Url(string url) => StoredValue.Read<WebhookUrl>(url);

    private static WebhookMessage Message(string url) =>
        new(Url(url), "evt_1_7", """{"type":"test"}"""u8.ToArray(), [StoredValue.Read<WebhookSecret>(Secret)]);

    private static string Response(int status) => $"HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n";

    /// <summary>A receiver on a socket, which can break every rule of HTTP.</summary>
    private sealed class RawReceiver : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly List<(Dictionary<string, string>, string)> _requests = [];
        private readonly Func<string, string?> _respond;

        public RawReceiver(Func<string, string?> respond)
        {
            _respond = respond;
            _listener.Start();
            _ = AcceptAsync();
        }

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hooks";

        public IReadOnlyList<(Dictionary<string, string> Headers, string Body)> Requests
        {
            get
            {
                lock (_requests)
                {
                    return [.. _requests];
                }
            }
        }

        public int Connections { get; private set; }

        public ValueTask DisposeAsync()
        {
            _stop.Cancel();
            _listener.Dispose();
            _stop.Dispose();
            return default;
        }

        private async Task AcceptAsync()
        {
            var stop = _stop.Token;
            while (!stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(stop);
                Connections++;
                _ = RespondAsync(client, stop);
            }
        }

        private async Task RespondAsync(TcpClient client, CancellationToken stop)
        {
            using var connection = client;
            var stream = connection.GetStream();
            var reader = new StreamReader(stream, Encoding.UTF8);
            while (await reader.ReadLineAsync(stop) is { } requestLine)
            {
                var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                while (await reader.ReadLineAsync(stop) is { Length: > 0 } line)
                {
                    var colon = line.IndexOf(':', StringComparison.Ordinal);
                    headers[line[..colon]] = line[(colon + 1)..].Trim();
                }

                var body = new char[int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture)];
                await reader.ReadBlockAsync(body.AsMemory(), stop);
                lock (_requests)
                {
                    _requests.Add((headers, new string(body)));
                }

                if (_respond(requestLine) is { } response)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(response), stop);
                }
            }
        }
    }
}
