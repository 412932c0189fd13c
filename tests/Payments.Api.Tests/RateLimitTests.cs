using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Claims;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Payments.Api.Tests;

public sealed class RateLimitTests
{
    private static readonly (string, string)[] OneASecond = [("RateLimiting:RequestsPerSecond", "1"), ("RateLimiting:Burst", "20")];

    [Test]
    public async Task Client_WithTooManyRequests_Is429AndNobodyElseIs()
    {
        using var service = new PaymentsService(
        [
            .. OneASecond,
            ("Authentication:Clients:0:ClientId", "busy"), ("Authentication:Clients:0:ClientSecret", "1"), ("Authentication:Clients:0:Scopes", "payments:read"),
            ("Authentication:Clients:1:ClientId", "other"), ("Authentication:Clients:1:ClientSecret", "2"), ("Authentication:Clients:1:Scopes", "payments:read"),
        ]);
        var busy = await TokenAsync(service, "busy", "1");
        var other = await TokenAsync(service, "other", "2");

        using var refused = await UntilRefusedAsync(() => GetAsync(service, "api/payments/connectors", busy));
        var problem = await refused.Content.ReadFromJsonAsync<JsonObject>();
        using var others = await GetAsync(service, "api/payments/connectors", other);
        using var anonymous = await GetAsync(service, "api/payments/_info");

        Assert.Multiple(() =>
        {
            Assert.That((string?)problem!["errorCode"], Is.EqualTo("TOO_MANY_REQUESTS"));
            Assert.That(refused.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/problem+json"));
            Assert.That(refused.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(others.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(anonymous.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [TestCase("api/payments/_info")]
    [TestCase("api/payments/connectors")]
    [TestCase("openapi/v1.json")]
    [TestCase("api/auth/oauth/token")]
    [TestCase("nothing/here")]
    public async Task Address_WithTooManyRequests_Is429ThoughItsHealthIsToldStill(string address)
    {
        using var service = new PaymentsService(OneASecond);
        using var refused = await UntilRefusedAsync(() => GetAsync(service, address));
        for (var i = 0; i < 30; i++)
        {
            foreach (var health in (string[])["health/live", "health/ready"])
            {
                using var told = await GetAsync(service, health);
                Assert.That(told.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            }
        }
    }

    [Test]
    public async Task Client_WithoutALimit_IsNeverRefused()
    {
        using var service = new PaymentsService(("RateLimiting:RequestsPerSecond", "0"), ("RateLimiting:Burst", "1"));
        for (var i = 0; i < 5; i++)
        {
            using var answer = await GetAsync(service, "api/payments/_info");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task Imports_TooManyAtOnce_Are429UntilOneHasEnded()
    {
        using var service = await new PaymentsService().AuthorizedAsync();
        var line = Encoding.ASCII.GetBytes($"{Request.Payment(await service.InstallAsync())}\n");
        var open = new List<TcpClient>();
        for (var i = 0; i < 3; i++)
        {
            var import = new TcpClient("127.0.0.1", service.Client.BaseAddress!.Port);
            open.Add(import);
            await import.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /api/payments/payments/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                + $"Authorization: {service.Client.DefaultRequestHeaders.Authorization}\r\nContent-Length: {line.Length + 1}\r\n\r\n"));
            await import.GetStream().WriteAsync(line);
            // Its line's answer says that it is under way.
            Assert.That(await import.GetStream().ReadAsync(new byte[1]), Is.EqualTo(1));
        }

        using var refused = await PostAsync(service);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(10)));
        using (var single = await service.SendAsync("payments", Encoding.ASCII.GetString(line)))
        {
            Assert.That(single.StatusCode, Is.EqualTo(HttpStatusCode.OK), "a single request is not an import");
        }

        await open[0].GetStream().WriteAsync("\n"u8.ToArray());
        await UntilAsync(HttpStatusCode.OK, () => PostAsync(service));
        open.ForEach(import => import.Dispose());

        static Task<HttpResponseMessage> PostAsync(PaymentsService service) =>
            service.Client.PostAsync("api/payments/payments/import", new StringContent("", Encoding.UTF8, "application/x-ndjson"));
    }

    [Test]
    public async Task Exports_WhoseReadersStop_KeepOthersOutUntilTheyAreCutOff()
    {
        // No reader that stops is fast enough, and none that reads is too slow.
        using var service = await new PaymentsService(
            ("Kestrel:Limits:MinResponseDataRate:BytesPerSecond", "1000000000"),
            ("Kestrel:Limits:MinResponseDataRate:GracePeriod", "00:00:01.1")).AuthorizedAsync();
        var connector = await service.InstallAsync();
        var raw = $"{{\"text\":\"{new string('x', 200_000)}\"}}";
        using var lines = new StringContent(
            string.Join('\n', Enumerable.Range(0, 60).Select(i => Request.Payment(connector, ("reference", $"\"{i}\""), ("raw", raw)))), Encoding.UTF8, "application/x-ndjson");
        using (var import = await service.Client.PostAsync("api/payments/payments/import", lines))
        {
            import.EnsureSuccessStatusCode();
        }

        var readers = new List<TcpClient>();
        for (var i = 0; i < 4; i++)
        {
            var reader = new TcpClient { ReceiveBufferSize = 4096 };
            readers.Add(reader);
            await reader.ConnectAsync(IPAddress.Loopback, service.Client.BaseAddress!.Port);
            await reader.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"GET /api/payments/payments/export HTTP/1.1\r\nHost: x\r\nAuthorization: {service.Client.DefaultRequestHeaders.Authorization}\r\n\r\n"));
            Assert.That(await reader.GetStream().ReadAsync(new byte[1]), Is.EqualTo(1));
        }

        using (var refused = await ExportAsync(service))
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        }

        await UntilAsync(HttpStatusCode.OK, () => ExportAsync(service));
        readers.ForEach(reader => reader.Dispose());

        static Task<HttpResponseMessage> ExportAsync(PaymentsService service) => service.Client.GetAsync("api/payments/payments/export");
    }

    [TestCase("10.1.2.3", "10.1.2.3")]
    [TestCase("::ffff:10.1.2.3", "10.1.2.3")]
    [TestCase("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void NetworkOf_AnAddress_IsWhatOneSubscriberHas(string address, string network)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
        Assert.That(Caller.NetworkOf(context), Is.EqualTo(IPAddress.Parse(network)));
    }

    [TestCase("client_id azp sub", "client_id")]
    [TestCase("sub azp", "azp")]
    [TestCase("sub", "sub")]
    [TestCase("scope", null)]
    public void Of_AToken_IsItsClient(string claims, string? expected)
    {
        var context = new DefaultHttpContext
        {
            Connection = { RemoteIpAddress = IPAddress.Loopback },
            User = new(new ClaimsIdentity(claims.Split(' ').Select(claim => new Claim(claim, claim)), "test")),
        };
        Assert.That(Caller.Of(context), Is.EqualTo(new Caller(expected, expected is null ? IPAddress.Loopback : null)));
    }

    private static async Task<string> TokenAsync(PaymentsService service, string client, string secret)
    {
        using var response = await service.Client.PostAsync("api/auth/oauth/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = client,
            ["client_secret"] = secret,
        }));
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!;
    }

    private static async Task<HttpResponseMessage> GetAsync(PaymentsService service, string address, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await service.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> UntilRefusedAsync(Func<Task<HttpResponseMessage>> send)
    {
        for (var i = 0; ; i++)
        {
            var answer = await send();
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                return answer;
            }

            answer.Dispose();
            Assert.That(i, Is.LessThan(1000), "no request was refused");
        }
    }

    private static async Task UntilAsync(HttpStatusCode status, Func<Task<HttpResponseMessage>> send)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var answer = await send();
            if (answer.StatusCode == status)
            {
                return;
            }

            await Task.Delay(100, patience.Token);
        }
    }
}
