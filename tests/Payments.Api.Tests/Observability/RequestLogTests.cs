using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Observability;

public sealed class RequestLogTests
{
    [Test]
    public async Task Request_InProduction_IsALineOfJsonAndAProbeIsNone()
    {
        using var console = new ConsoleOutput();
        var traceId = await AskAsync("Production", "api/payments/payments/x?y=z");

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
    public async Task Request_InDevelopment_IsALineForPeopleAndAProbeIsNone()
    {
        using var console = new ConsoleOutput();
        await AskAsync("Development", "api/payments/payments/x");
        Assert.That(
            console.Lines.Single(line => line.EndsWith(" ms", StringComparison.Ordinal)),
            Does.Match(@"^ +GET api/payments/payments/\{paymentID\} 401 [0-9.]+ ms$"));
    }

    /// <summary>Asks a service how it is and for something else, and stops it; returns the traceId of the latter's answer, a 401.</summary>
    private static async Task<string?> AskAsync(string environment, string address)
    {
        using var service = new PaymentsService(
            ("environment", environment),
            ("Logging:LogLevel:Default", "Information"),
            ("Authentication:Clients:0:ClientId", "own"),
            ("Authentication:Clients:0:ClientSecret", "own-secret"),
            ("Authentication:Clients:0:Scopes", "payments:read"));
        foreach (var probe in (string[])["health/live", "health/ready", "api/payments/_healthcheck"])
        {
            Assert.That(await service.Client.GetStringAsync(probe), Is.Not.Empty);
        }

        using var response = await service.Client.GetAsync(address);
        Assert.That((int)response.StatusCode, Is.EqualTo(401));
        return (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["traceId"];
    }
}
