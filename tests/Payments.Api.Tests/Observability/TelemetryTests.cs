using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Payments.Api.Events;

namespace Payments.Api.Tests.Observability;

public sealed class TelemetryTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = $"00-{Trace}-00f067aa0ba902b7-01";

    [Test]
    public async Task Service_NoEndpointSet_HasNoTelemetry()
    {
        using var service = new PaymentsService();
        Assert.Multiple(() =>
        {
            Assert.That(service.Services.GetService<TracerProvider>(), Is.Null);
            Assert.That(service.Services.GetService<MeterProvider>(), Is.Null);
        });
        using var response = await service.Client.GetAsync("metrics");
        Assert.That((int)response.StatusCode, Is.EqualTo(401), "the status of every unknown URL without a token");
    }

    [Test]
    public async Task Create_EndpointSet_ContinuesTraceOfCallerToCommit()
    {
        using var collector = new Collector();
        using (var service = await new PaymentsService([.. collector.Settings, ("Logging:LogLevel:Default", "Information")]).AuthorizedAsync())
        {
            var connector = await service.InstallAsync();
            using var hidden = Collector.HideCaller();
            service.Client.DefaultRequestHeaders.Add("traceparent", Parent);
            Assert.That((await service.PostAsync("payments", Request.Payment(connector))).Status, Is.EqualTo(200));
            Assert.That((int)(await service.Client.GetAsync("health/live")).StatusCode, Is.EqualTo(200));
            Collector.Flush(service);
        }

        var spans = collector.Text("traces");
        Assert.Multiple(() =>
        {
            Assert.That(Count(collector.Received("traces"), Convert.FromHexString(Trace)), Is.EqualTo(3), "the request, a write and its commit");
            foreach (var text in (string[])["POST api/payments/payments", "INSERT payments", "commit", "db.operation.batch.size", "sqlite", "service.name", "payments"])
            {
                Assert.That(spans, Does.Contain(text));
            }

            Assert.That(spans, Does.Not.Contain("health"));
            Assert.That(collector.Text("logs"), Does.Contain("DurationMs").And.Contain("api/payments/payments"));
            Assert.That(Count(collector.Received("logs"), Convert.FromHexString(Trace)), Is.EqualTo(1));
            foreach (var metric in (string[])["payments.reports", "payments.commit.duration", "payments.commit.size", "payments.queue.depth", "http.server.request.duration", "dotnet.gc.collections"])
            {
                Assert.That(collector.Text("metrics"), Does.Contain(metric));
            }
        });
    }

    [Test]
    public async Task Discovery_ExternalAuthority_ContinuesTrace()
    {
        var address = $"http://127.0.0.1:{Collector.FreePort()}/";
        using var authority = new HttpListener { Prefixes = { address } };
        authority.Start();
        using var service = new PaymentsService(("Authentication:Authority", address));
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/payments/connectors") { Headers = { { "traceparent", Parent }, { "Authorization", "Bearer e30.e30.e30" } } };

        var sending = service.Client.SendAsync(request);
        var discovery = await authority.GetContextAsync();
        var traceParent = discovery.Request.Headers["traceparent"];
        discovery.Response.StatusCode = 404;
        discovery.Response.Close();

        Assert.That(traceParent, Does.StartWith($"00-{Trace}-").And.Not.EqualTo(Parent));
        authority.Abort();
        using var response = await sending;
    }

    [Test]
    public async Task Service_SdkDisabled_ExportsNothing()
    {
        using var collector = new Collector();
        using (var service = new PaymentsService([.. collector.Settings, ("OTEL_SDK_DISABLED", "true")]))
        {
            await service.Client.GetAsync("api/payments/_info");
            // A span can end after its response, but not after the next response.
            await service.Client.GetAsync("api/payments/_info");
            Collector.Flush(service);
        }

        Assert.That(collector.Text("traces") + collector.Text("metrics") + collector.Text("logs"), Is.Empty);
    }

    [Test]
    public async Task ServiceName_InEnvironment_OverridesDefault()
    {
        using var collector = new Collector();
        using (var service = new PaymentsService([.. collector.Settings, ("OTEL_SERVICE_NAME", "payments-eu"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")]))
        {
            await service.Client.GetAsync("api/payments/_info");
            // A span can end after its response, but not after the next response.
            await service.Client.GetAsync("api/payments/_info");
            Collector.Flush(service);
        }

        Assert.That(collector.Text("traces"), Does.Contain("payments-eu").And.Contain("staging"));
    }

    [Test]
    public async Task MetricsPage_ItsPort_HasMetricsOfDashboardAndAlerts()
    {
        var port = Collector.FreePort();
        using var service = await new PaymentsService(port, ("Metrics:Port", $"{port}")).AuthorizedAsync();
        var connector = await service.InstallAsync();
        var payment = Request.Payment(connector);
        Assert.That((await service.PostAsync("payments", payment)).Status, Is.EqualTo(200));
        using var import = await service.Client.PostAsync("api/payments/payments/import", new StringContent(payment, null, "application/x-ndjson"));
        Assert.That(await import.Content.ReadAsStringAsync(), Does.Contain("replayed"));
        Assert.That((await service.PostAsync("webhooks", """{"url":"http://127.0.0.1:1/"}""")).Status, Is.EqualTo(201));
        var stripe = await service.Client.InstallWithSettingsAsync("stripe", SignedEvents.StripeSettings);
        foreach (var body in (string[])[SignedEvents.StripeEvent("evt_1", "refund.created", 9, SignedEvents.Refund("re_1", "pi_1", 300, 9)), SignedEvents.StripeEvent("evt_2", "invoice.paid", 9, "{}")])
        {
            using var received = await service.Client.PostStripeEventAsync(stripe, body);
            Assert.That((int)received.StatusCode, Is.EqualTo(200));
        }

        using var waiting = await WaitForEventAsync(service);
        service.Client.DefaultRequestHeaders.Authorization = null;

        var page = "";
        // The delivery begins within a second, and the inbox is counted every five seconds.
        for (var i = 0; i < 100 && !(page.Contains("payments_webhooks_attempts", StringComparison.Ordinal) && Regex.IsMatch(page, "payments_inbox_entries{[^}]*state=\"waiting\"[^}]*} 1")); i++)
        {
            await Task.Delay(100);
            page = await service.Client.GetStringAsync("metrics");
        }

        var names = Regex.Matches(page, "^([a-z_]+)[{ ]", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToHashSet();
        var queried = QueriedMetrics().ToHashSet();
        Assert.Multiple(() =>
        {
            Assert.That(queried, Has.Count.GreaterThan(10));
            Assert.That(queried.Except(names.Append("up")), Is.Empty);
            Assert.That(page, Does.Match("payments_reports_total{[^}]*outcome=\"created\"[^}]*} 1\n"));
            Assert.That(page, Does.Match("payments_import_lines_total{[^}]*outcome=\"replayed\"[^}]*} 1\n"));
            Assert.That(page, Does.Match("payments_events_total{[^}]*type=\"payment.created\"[^}]*} 1\n"));
            Assert.That(page, Does.Match("payments_events_total{[^}]*type=\"connector.installed\"[^}]*} [1-9]"));
            Assert.That(page, Does.Match("payments_events_waiting{[^}]*} 1 ?\n"));
            Assert.That(page, Does.Match("payments_events_sealing_lag_seconds{[^}]*} 0 ?\n"));
            Assert.That(page, Does.Match("payments_inbox_results_total{[^}]*provider=\"stripe\"[^}]*state=\"ignored\"[^}]*} 1 ?\n"));
            Assert.That(page, Does.Match("payments_inbox_entries{[^}]*state=\"waiting\"[^}]*} 1 ?\n"));
            Assert.That(page, Does.Match("payments_inbox_entries{[^}]*state=\"failed\"[^}]*} 0 ?\n"));
            Assert.That(page, Does.Match("payments_inbox_lag_seconds{[^}]*} 0 ?\n"));
            Assert.That(page, Does.Not.Contain("http_route=\"metrics\""));
        });
    }

    [Test]
    public async Task MetricsPage_OtherPort_IsNotServed()
    {
        var (port, metricsPort) = (Collector.FreePort(), Collector.FreePort());
        using var service = new PaymentsService(
            port, services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, metricsPort)), ("Metrics:Port", $"{metricsPort}"));
        using var client = new HttpClient();
        using var metrics = await client.GetAsync(new Uri($"http://127.0.0.1:{metricsPort}/metrics"));
        using var other = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
        Assert.That(((int)metrics.StatusCode, (int)other.StatusCode), Is.EqualTo((200, 401)));
    }

    [Test]
    public async Task Reports_EachOutcome_IsCountedByProvider()
    {
        using var service = await new PaymentsService().AuthorizedAsync();
        var connector = await service.InstallAsync("DUMMY-PAY");
        var own = await service.InstallAsync("acmepay");
        var payment = Request.Payment(connector);
        var counted = new List<string>();
        using var listener = Listen(counted, "payments.reports", "payments.import.lines");

        var id = (string)(await service.PostAsync("payments", payment)).Body["data"]!["id"]!;
        await service.PostAsync("payments", payment);
        await service.PostAsync("payments", payment.Replace("PENDING", "SUCCEEDED", StringComparison.Ordinal));
        await service.PostAsync("payments", payment.Replace("100", "101", StringComparison.Ordinal));
        var adjustment = """{"reference":"r","createdAt":"2024-05-02T12:00:00Z","status":"REFUNDED","amount":100}""";
        await service.PostAsync($"payments/{id}/adjustments", adjustment);
        await service.PostAsync($"payments/{id}/adjustments", adjustment);
        await service.PostAsync($"payments/{id}/adjustments", adjustment.Replace("\"r\"", "\"s\"", StringComparison.Ordinal));
        await service.PostAsync("payments", Request.Payment(own));
        await service.PostAsync("payments", Request.Payment(own, ("asset", "\"?\"")));
        var exported = await service.Client.GetStringAsync("api/payments/payments/export");
        using var import = await service.Client.PostAsync("api/payments/payments/import", new StringContent(exported + "?\n", null, "application/x-ndjson"));
        await import.Content.ReadAsStringAsync();

        Assert.That(counted, Is.EquivalentTo((string[])
        [
            "1 dummypay created", "1 dummypay replayed", "1 dummypay adjusted", "1 dummypay conflict",
            "1 dummypay adjusted", "1 dummypay replayed", "1 dummypay conflict",
            "1 other created",
            "1 dummypay replayed", "1 other replayed", "1 replayed", "1 replayed", "1 invalid",
        ]));
    }

    // A report and the webhooks of a provider give the same change different times.
    [Test]
    public async Task Reports_LinesOfAProvidersReport_AreCountedByWhatTheyChanged()
    {
        using var service = await new PaymentsService().AuthorizedAsync();
        var connector = await service.InstallAsync();
        var counted = new List<string>();
        using var listener = Listen(counted, "payments.reports");
        var report = string.Join('\n',
            "created_utc,currency,gross,reporting_category,source_id,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id,card_brand",
            "2024-05-01 12:00:07,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,",
            "2024-05-01 12:00:08,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,",
            "2024-05-01 12:00:09,usd,10.00,charge,ch_1,10.00,usd,ch_1,pi_1,Visa",
            "2024-05-01 12:00:10,usd,11.00,charge,ch_1,11.00,usd,ch_1,pi_1,",
            "2024-05-01 12:00:11,usd,-3.00,refund,re_1,-3.00,usd,ch_1,pi_1,",
            "2024-05-01 12:00:12,usd,-3.00,refund,re_1,-3.00,usd,ch_1,pi_1,",
            "2024-05-01 12:00:13,eur,-3.00,refund,re_2,-3.00,eur,ch_1,pi_1,",
            "2024-05-01 12:00:14,usd,-3.00,refund,re_9,-3.00,usd,ch_9,pi_9,");
        using var import = await service.Client.PostAsync(
            $"api/payments/payments/import?format=stripe-balance&connectorID={connector}", new StringContent(report, null, "text/csv"));
        var results = await PaymentsService.ReadResultsAsync(import);

        Assert.That(
            results.Select(result => (string?)result["outcome"]),
            Is.EqualTo((string[])["stored", "replayed", "stored", "conflict", "stored", "replayed", "conflict", "invalid"]));
        Assert.That(
            counted,
            Is.EqualTo((string[])["1 stripe created", "1 stripe replayed", "1 stripe updated", "1 stripe conflict", "1 stripe adjusted", "1 stripe replayed", "1 stripe conflict"]));
    }

    // The alert on conflicts must not fire for events that the inbox ignores. Those that fail have an alert of their own.
    [Test]
    public async Task Reports_ConflictingProviderEvents_AreCountedByTheInboxOnly()
    {
        using var service = await new PaymentsService().AuthorizedAsync();
        var connector = await service.Client.InstallWithSettingsAsync("stripe", SignedEvents.StripeSettings);
        var counted = new List<string>();
        using var listener = Listen(counted, "payments.reports");

        await service.Client.PostStripeEventAsync(connector, SignedEvents.StripeEvent("evt_1", "payment_intent.succeeded", 0, SignedEvents.Intent("pi_1", "succeeded")));
        await service.Client.PostStripeEventAsync(connector, SignedEvents.StripeEvent("evt_2", "payment_intent.succeeded", 5, SignedEvents.Intent("pi_1", "succeeded")));
        await service.Client.PostStripeEventAsync(connector, SignedEvents.StripeEvent("evt_3", "payment_intent.succeeded", 9, SignedEvents.Intent("pi_1", "succeeded", 900)));
        var inbox = JsonNode.Parse(await service.Client.GetStringAsync($"api/payments/connectors/stripe/{connector}/inbox"))!["cursor"]!["data"]!.AsArray();

        Assert.That(inbox.Select(entry => (string?)entry!["state"]), Is.EqualTo((string[])["failed", "ignored", "applied"]));
        Assert.That(counted, Is.EqualTo((string[])["1 stripe created"]));
    }

    private static MeterListener Listen(List<string> counted, params string[] names)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (names.Contains(instrument.Name))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) => counted.Add($"{count} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"));
        listener.Start();
        return listener;
    }

    // Cancels the request when it is disposed.
    private static async Task<CancellationTokenSource> WaitForEventAsync(PaymentsService service)
    {
        var end = new CancellationTokenSource();
        using var page = await service.Client.GetAsync("api/payments/events");
        _ = service.Client.GetAsync($"api/payments/events?after={page.Headers.GetValues("Payments-Position").Single()}&timeout=30", end.Token);
        Assert.That(() => service.Services.GetRequiredService<LongPolls>().Waiting, Is.EqualTo(1).After(10_000, 10));
        return end;
    }

    private static IEnumerable<string> QueriedMetrics()
    {
        var dashboard = JsonNode.Parse(RepositoryFolder.Read("ops/grafana-dashboard.json"))!;
        var queries = dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? []).Select(target => (string)target!["expr"]!);
        var alerts = RepositoryFolder.Read("ops/alerts.yaml").Split('\n').Where(line => line.TrimStart().StartsWith("expr:", StringComparison.Ordinal));
        return queries.Concat(alerts).SelectMany(Names);
    }

    // The names in a query, without labels, groupings and functions.
    private static IEnumerable<string> Names(string query) =>
        Regex.Matches(Regex.Replace(query, @"\{[^}]*\}|\[[^\]]*\]|\b(by|on) ?\([^)]*\)|expr:", ""), @"\b[a-z]\w*\b(?! *\()").Select(name => name.Value).Where(name => name is not ("and" or "or"));

    private static int Count(byte[] all, byte[] part)
    {
        var count = 0;
        for (var rest = all.AsSpan(); rest.IndexOf(part) is >= 0 and var at; rest = rest[(at + part.Length)..])
        {
            count++;
        }

        return count;
    }
}
