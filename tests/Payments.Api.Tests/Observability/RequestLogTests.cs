using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Payments.Api.Observability;

namespace Payments.Api.Tests.Observability;

public sealed class RequestLogTests
{
    [Test]
    public async Task Request_Production_LogsOneJsonLineExceptForProbes()
    {
        using var log = new LogCapture();
        string? traceId;
        using (var service = new PaymentsService(
            log.AddTo,
            ("environment", "Production"),
            ("Logging:LogLevel:Default", "Information"),
            ("Authentication:Clients:0:ClientId", "own"),
            ("Authentication:Clients:0:ClientSecret", "own-secret"),
            ("Authentication:Clients:0:Scopes", "payments:read")))
        {
            foreach (var probe in (string[])["health/live", "health/ready", "api/payments/_healthcheck"])
            {
                Assert.That(await service.Client.GetStringAsync(probe), Is.Not.Empty);
            }

            using var response = await service.Client.GetAsync("api/payments/payments/x?y=z");
            traceId = (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["traceId"];
            // A line can be logged after its response, but not after the next response.
            await service.Client.GetAsync("swagger/index.html");
            LogCapture.End(service);
            Assert.That(service.Services.GetServices<ILoggerProvider>(), Has.All.InstanceOf<JsonLog>(), "no other provider logs");
        }

        var line = JsonNode.Parse(log.Lines.First(line => line.Contains("RequestLog", StringComparison.Ordinal)))!.AsObject();
        Assert.Multiple(() =>
        {
            Assert.That(
                line.Select(member => member.Key),
                Is.EqualTo((string[])["Timestamp", "Level", "Category", "Message", "TraceId", "SpanId", "Method", "Route", "Status", "DurationMs"]));
            Assert.That((string?)line["Timestamp"], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"));
            Assert.That((string?)line["Level"], Is.EqualTo("Information"));
            Assert.That($"00-{line["TraceId"]}-{line["SpanId"]}-00", Is.EqualTo(traceId), "the traceId of the response");
            Assert.That((string?)line["Method"], Is.EqualTo("GET"));
            Assert.That((string?)line["Route"], Is.EqualTo("api/payments/payments/{paymentID}"));
            Assert.That((int?)line["Status"], Is.EqualTo(401));
            Assert.That((double?)line["DurationMs"], Is.Positive);
        });
    }

    [Test]
    public async Task Request_ClientDisconnects_IsLoggedAs499()
    {
        using var log = new LogCapture();
        using (var service = new PaymentsService(log.AddTo, ("Logging:LogLevel:Default", "Information")))
        {
            var address = service.Client.BaseAddress!;
            var token = await service.TokenAsync();
            for (var i = 0; i < 10; i++)
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
                await socket.ConnectAsync(address.Host, address.Port);
                await socket.SendAsync(Encoding.ASCII.GetBytes(
                    $"POST /api/payments/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{"));
                await service.Client.GetAsync("swagger/index.html"); // until the request is read
            }

            await service.Client.GetAsync("swagger/index.html");
            LogCapture.End(service);
        }

        Assert.Multiple(() =>
        {
            Assert.That(log.Lines, Has.Some.Contains("\"Status\":499"));
            Assert.That(log.Lines, Has.None.Contains("\"Status\":500").And.None.Contains("ProblemExceptionHandler"));
        });
    }

    [Test]
    public void Log_Development_IsPlainText()
    {
        using var service = new PaymentsService();
        Assert.That(service.Services.GetServices<ILoggerProvider>(), Has.Some.InstanceOf<ConsoleLoggerProvider>().And.None.InstanceOf<JsonLog>());
    }
}
