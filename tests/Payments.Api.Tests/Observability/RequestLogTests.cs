using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Observability;

public sealed class RequestLogTests
{
    [Test]
    public async Task Request_InProduction_IsALineOfJsonWithItsTraceRouteStatusAndDuration()
    {
        using var console = new ConsoleOutput();
        var traceId = await AskAsync("Production", "api/payments/payments/x?y=z", expected: 401);

        var line = JsonNode.Parse(console.Lines.Single(line => line.Contains("RequestLog", StringComparison.Ordinal)))!.AsObject();
        Assert.Multiple(() =>
        {
            Assert.That(
                line.Select(member => member.Key),
                Is.EqualTo((string[])["Timestamp", "Level", "Category", "Message", "TraceId", "SpanId", "Method", "Route", "Status", "DurationMs"]));
            Assert.That((string?)line["Timestamp"], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"));
            Assert.That((string?)line["Level"], Is.EqualTo("Information"));
            Assert.That($"00-{line["TraceId"]}-{line["SpanId"]}-00", Is.EqualTo(traceId), "the one that the answer names");
            Assert.That((string?)line["Method"], Is.EqualTo("GET"));
            Assert.That((string?)line["Route"], Is.EqualTo("api/payments/payments/{paymentID}"));
            Assert.That((int?)line["Status"], Is.EqualTo(401));
            Assert.That((double?)line["DurationMs"], Is.Positive);
        });
    }

    [Test]
    public async Task Request_InDevelopment_IsALineForPeople()
    {
        using var console = new ConsoleOutput();
        await AskAsync("Development", "api/payments/payments/x", expected: 401);
        Assert.That(console.Lines, Has.One.Match(@"^ +GET api/payments/payments/\{paymentID\} 401 [0-9.]+ ms$"));
    }

    [TestCase("health/live")]
    [TestCase("health/ready")]
    [TestCase("api/payments/_healthcheck")]
    public async Task Probe_IsNotLogged(string address)
    {
        using var console = new ConsoleOutput();
        await AskAsync("Production", address, expected: 200);
        Assert.That(console.Lines, Has.None.Contain("RequestLog"));
        Assert.That(console.Lines, Has.Some.Contain("listens on"));
    }

    /// <summary>Asks a service and stops it; returns the traceId of a problem.</summary>
    private static async Task<string?> AskAsync(string environment, string address, int expected)
    {
        using var service = new PaymentsService(
            ("environment", environment),
            ("Logging:LogLevel:Default", "Information"),
            ("Authentication:Clients:0:ClientId", "own"),
            ("Authentication:Clients:0:ClientSecret", "own-secret"),
            ("Authentication:Clients:0:Scopes", "payments:read"));
        using var response = await service.Client.GetAsync(address);
        Assert.That((int)response.StatusCode, Is.EqualTo(expected));
        return expected < 400 ? null : (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["traceId"];
    }
}
