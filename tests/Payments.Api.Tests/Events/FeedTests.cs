using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Payments.Api.Events;

namespace Payments.Api.Tests.Events;

/// <summary>The feed of all changes, and the events of one payment.</summary>
internal sealed class FeedTests : ServiceFixture
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Refund = """{"reference":"re_1","createdAt":"2024-05-02T12:00:00Z","status":"REFUNDED","amount":40}""";
    private static readonly string[] Batch = ["application/cloudevents-batch+json"];

    private static IEnumerable<TestCaseData> WaysIn =>
    [
        WayIn("create", (service, connector, _) => service.SendAsync("payments", Payment(connector, "new")), "payment.created"),
        WayIn("create again", (service, connector, _) => service.SendAsync("payments", Payment(connector, "old"))),
        WayIn("create with other amount", (service, connector, _) => service.SendAsync("payments", Payment(connector, "old", ("amount", "1")))),
        WayIn("create that is invalid", (service, connector, _) => service.SendAsync("payments", Payment(connector, "new", ("asset", "\"?\"")))),
        WayIn("report of next status", (service, connector, _) => service.SendAsync("payments", Payment(connector, "old", ("status", "\"SUCCEEDED\""))), "payment.adjusted"),
        WayIn("report of unknown details", (service, connector, _) => service.SendAsync("payments", Payment(connector, "old", ("metadata", """{"b":"2"}"""))), "payment.updated"),
        WayIn("adjust", (service, _, payment) => service.SendAsync($"payments/{payment}/adjustments", Refund), "payment.adjusted"),
        WayIn(
            "adjust again",
            async (service, _, payment) =>
            {
                using var first = await service.SendAsync($"payments/{payment}/adjustments", Refund);
                return await service.SendAsync($"payments/{payment}/adjustments", Refund);
            },
            "payment.adjusted"),
        WayIn("patch", (service, _, payment) => PatchAsync(service, payment, """{"a":null,"b":"2"}"""), "payment.updated"),
        WayIn("patch without change", (service, _, payment) => PatchAsync(service, payment, """{"b":null}""")),
        WayIn(
            "import",
            (service, connector, _) => ImportAsync(service, Payment(connector, "new"), Payment(connector, "old"), Payment(connector, "new"), "?", Payment(connector, "old", ("status", "\"FAILED\""))),
            "payment.created", "payment.adjusted"),
        WayIn(
            "import of a history",
            (service, connector, _) => ImportAsync(service, History(connector)),
            "payment.created", "payment.adjusted", "payment.adjusted"),
        WayIn("account", (service, connector, _) => service.SendAsync("accounts", Request.Account(connector)), "account.created"),
        WayIn(
            "account again",
            async (service, connector, _) =>
            {
                using var first = await service.SendAsync("accounts", Request.Account(connector));
                return await service.SendAsync("accounts", Request.Account(connector));
            },
            "account.created"),
        WayIn(
            "install and uninstall",
            async (service, _, _) => await service.Client.DeleteAsync($"api/payments/connectors/stripe/{await service.InstallAsync()}"),
            "connector.installed", "connector.uninstalled"),
        WayIn("uninstall of connector in use", (service, connector, _) => service.Client.DeleteAsync($"api/payments/connectors/stripe/{connector}")),
    ];

    [TestCaseSource(nameof(WaysIn))]
    public async Task Change_EachWayIn_WritesOneEventWithClientAndTrace(Func<PaymentsService, string, string, Task<HttpResponseMessage>> send, string[] types)
    {
        var payment = await CreateAsync();
        var start = await PositionAsync();
        string text;
        Service.Client.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");
        try
        {
            using var caller = Observability.Collector.HideCaller();
            using var response = await send(Service, Connector, payment);
            text = await response.Content.ReadAsStringAsync();
        }
        finally
        {
            Service.Client.DefaultRequestHeaders.Remove("traceparent");
        }

        var events = await ReadAsync($"after={start}");
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(e => (string?)e!["type"]), Is.EqualTo(types), text);
            Assert.That(events.Select(e => (string?)e!["id"]), Is.EqualTo(types.Select((_, i) => $"{start + 1 + i}")));
            Assert.That(events.Select(e => (string?)e!["actor"]), Is.All.EqualTo("client:payments-dev"));
            Assert.That(events.Select(e => (string?)e!["traceid"]), Is.All.EqualTo(Trace));
        });
    }

    [TestCase("after=-1", "after: must be a position: 0 for the beginning, or the id of an event")]
    [TestCase("after=x", "after: must be a position: 0 for the beginning, or the id of an event")]
    [TestCase("after=1.0", "after: must be a position: 0 for the beginning, or the id of an event")]
    [TestCase("after=", "after: must be a position: 0 for the beginning, or the id of an event")]
    [TestCase("after=9223372036854775807", "after: must be a position: 0 for the beginning, or the id of an event")]
    [TestCase("after=1&after=2", "after: must be given only once")]
    [TestCase("limit=0", "limit: must be a whole number from 1 to 1000")]
    [TestCase("limit=1001", "limit: must be a whole number from 1 to 1000")]
    [TestCase("limit=%2010", "limit: must be a whole number from 1 to 1000")]
    [TestCase("timeout=-1", "timeout: must be a whole number of seconds from 0 to 30")]
    [TestCase("timeout=31", "timeout: must be a whole number of seconds from 0 to 30")]
    [TestCase("timeout=0.5", "timeout: must be a whole number of seconds from 0 to 30")]
    [TestCase("epoch=1&epoch=2", "epoch: must be given only once")]
    [TestCase("type=payment.created&type=payment.Adjusted", "type: must be one of: payment.created, payment.adjusted, payment.updated, account.created, ")]
    [TestCase("type=payment.created,payment.adjusted", "type: must be one of: payment.created, ")]
    [TestCase("type=3", "type: must be one of: payment.created, ")]
    [TestCase("type=", "type: must be one of: payment.created, ")]
    [TestCase("types=payment.created", "types: is not a parameter of this list; its parameters are epoch, after, limit, type, timeout")]
    public async Task Feed_ParameterBreaksRule_Returns400NamingIt(string query, string error)
    {
        using var response = await FeedAsync(query);
        var problem = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")));
        Assert.That(problem["errors"]!.AsObject().Select(field => $"{field.Key}: {field.Value![0]}").Single(), Does.StartWith(error));
    }

    [Test]
    public async Task Feed_SeveralParametersBreakRules_NamesEach()
    {
        using var response = await FeedAsync("after=x&limit=x&timeout=x&type=x&other=x");
        Assert.That((await response.JsonAsync()).Fields(), Is.EquivalentTo((string[])["after", "limit", "timeout", "type", "other"]));
    }

    [TestCase("type=payment.created", "type")]
    [TestCase("limit=1001&after=x", "after,limit")]
    public async Task PaymentEvents_ParameterBreaksRule_Returns400NamingIt(string query, string fields)
    {
        using var response = await Service.Client.GetAsync($"api/payments/payments/{await CreateAsync()}/events?{query}");
        var problem = await response.JsonAsync();
        Assert.That(((int)response.StatusCode, string.Join(',', problem.Fields().Order())), Is.EqualTo((400, fields)));
    }

    [TestCase("x", 400, "INVALID_ID")]
    [TestCase(Sample.PaymentId, 404, "NOT_FOUND")]
    public async Task PaymentEvents_InvalidOrUnknownId_ReturnsReason(string id, int status, string errorCode)
    {
        using var response = await Service.Client.GetAsync($"api/payments/payments/{id}/events");
        Assert.That(await response.ErrorAsync(), Is.EqualTo((status, errorCode)));
    }

    [Test]
    public async Task PaymentEvents_AfterAndLimit_ReturnsItsEventsInOrder()
    {
        var start = await PositionAsync();
        var payment = await CreateAsync();
        await CreateAsync("other");
        using var patched = await PatchAsync(Service, payment, """{"a":"2"}""");
        using var adjusted = await Service.SendAsync($"payments/{payment}/adjustments", Refund);
        var feed = (await ReadAsync($"after={start}")).Where(e => (string?)e!["subject"] == payment).Select(e => e!.ToJsonString()).ToArray();

        Assert.That(feed, Has.Length.EqualTo(3));
        Assert.That(await EventsAsync(""), Is.EqualTo(feed));
        Assert.That(await EventsAsync("?limit=2"), Is.EqualTo(feed[..2]));
        Assert.That(await EventsAsync($"?after={start + 3}"), Is.EqualTo(feed[2..]));
        Assert.That(await EventsAsync($"?after={start + 4}"), Is.Empty);

        async Task<string[]> EventsAsync(string query)
        {
            using var response = await Service.Client.GetAsync($"api/payments/payments/{payment}/events{query}");
            return [.. (await response.JsonAsync())["data"]!.AsArray().Select(e => e!.ToJsonString())];
        }
    }

    [TestCase("epoch=other&after=0")]
    [TestCase("epoch=&after=0")]
    [TestCase("after=1000000")]
    [TestCase("after=1000000&timeout=30")]
    public async Task Feed_OtherEpochOrAfterEnd_Returns409WithEpochAndPosition(string query)
    {
        using var end = await FeedAsync("limit=1000");
        using var response = await FeedAsync(query);
        var problem = await response.JsonAsync();
        var (epoch, position) = (Header(end, "Payments-Epoch"), Header(end, "Payments-Position"));
        Assert.Multiple(() =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((409, "FEED_RESTARTED")));
            Assert.That((Header(response, "Payments-Epoch"), Header(response, "Payments-Position")), Is.EqualTo((epoch, position)));
            Assert.That((string?)problem["detail"], Does.Contain($"epoch is {epoch} and its last position is {position}."));
        });
    }

    [Test]
    public async Task Feed_CurrentEpochAndLimit_ReturnsPageAndItsPosition()
    {
        var start = await PositionAsync();
        foreach (var reference in (string[])["a", "b", "c"])
        {
            await CreateAsync(reference);
        }

        using var first = await FeedAsync($"after={start}&limit=2");
        var (epoch, position) = (Header(first, "Payments-Epoch"), Header(first, "Payments-Position"));
        Assert.That(position, Is.EqualTo($"{start + 2}"));
        Assert.That(JsonNode.Parse(await first.Content.ReadAsStringAsync())!.AsArray(), Has.Count.EqualTo(2));
        Assert.That((string?)(await ReadAsync($"epoch={epoch}&after={position}")).Single()!["id"], Is.EqualTo($"{start + 3}"));
    }

    [Test]
    public async Task Feed_TypesThatDidNotOccur_MarksPositionUpToTheEnd()
    {
        var start = await PositionAsync();
        await CreateAsync();
        using var none = await FeedAsync($"after={start}&type=account.created&type=connector.installed");
        Assert.That((await none.Content.ReadAsStringAsync(), Header(none, "Payments-Position")), Is.EqualTo(("[]", $"{start + 1}")));
        using var found = await FeedAsync($"after={start}&type=account.created&type=payment.created");
        Assert.That(JsonNode.Parse(await found.Content.ReadAsStringAsync())!.AsArray(), Has.Count.EqualTo(1));
    }

    [TestCase("application/cloudevents-batch+json", "application/cloudevents-batch+json")]
    [TestCase("*/*", "application/cloudevents-batch+json")]
    [TestCase("application/json", "application/json")]
    [TestCase("application/json, application/cloudevents-batch+json;q=0", "application/json")]
    [TestCase("text/csv", null)]
    public async Task Feed_Accept_DecidesContentType(string accept, string? expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/payments/events?limit=1");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await Service.Client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(expected is null ? 406 : 200));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo(expected ?? "application/problem+json"));
    }

    [TestCase("events?limit=2")]
    [TestCase("payments/{0}/events")]
    public async Task Head_Events_ReturnsHeadersWithoutBody(string path)
    {
        var address = $"api/payments/{path.Replace("{0}", await CreateAsync(), StringComparison.Ordinal)}";
        using var get = await Service.Client.GetAsync(address);
        using var head = await Service.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, address));
        Assert.That((int)head.StatusCode, Is.EqualTo(200));
        Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty);
        Assert.That(head.Content.Headers.ToString(), Is.EqualTo(get.Content.Headers.ToString()));
    }

    [TestCase("payments:read", 200)]
    [TestCase("payments:write", 403)]
    [TestCase(null, 401)]
    public async Task Events_Token_NeedsReadScope(string? scope, int status)
    {
        var payment = await CreateAsync();
        using var client = new HttpClient { BaseAddress = Service.Client.BaseAddress };
        if (scope is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await Service.TokenAsync(scope));
        }

        foreach (var path in (string[])["events", $"payments/{payment}/events"])
        {
            using var response = await client.GetAsync($"api/payments/{path}");
            Assert.That((int)response.StatusCode, Is.EqualTo(status), path);
        }
    }

    [Test]
    public async Task LongPoll_EventComes_ReturnsItImmediately()
    {
        var start = await PositionAsync();
        var waiting = FeedAsync($"after={start}&timeout=30&type=payment.created");
        await Task.Delay(200);
        using var account = await Service.SendAsync("accounts", Request.Account(Connector));
        await Task.Delay(200);
        Assert.That(waiting.IsCompleted, Is.False, "the account's event has another type");
        var time = Stopwatch.StartNew();
        await CreateAsync();
        using var response = await waiting;
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That((string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray().Single()!["id"], Is.EqualTo($"{start + 2}"));
        Assert.That(Header(response, "Payments-Position"), Is.EqualTo($"{start + 2}"));
    }

    [Test]
    public async Task LongPoll_TimeoutElapses_ReturnsEmptyBatch()
    {
        var start = await PositionAsync();
        var time = Stopwatch.StartNew();
        using var response = await FeedAsync($"after={start}&timeout=1");
        Assert.That(time.Elapsed, Is.InRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(10)));
        Assert.That(((int)response.StatusCode, await response.Content.ReadAsStringAsync()), Is.EqualTo((200, "[]")));
        Assert.That(Header(response, "Payments-Position"), Is.EqualTo($"{start}"));
        Assert.That(response.Content.Headers.GetValues("Content-Type"), Is.EqualTo(Batch));
    }

    [Test]
    public async Task LongPolls_TooMany_Return429UntilClientDisconnects()
    {
        using var service = await new PaymentsService(("Events:MaxLongPolls", "2")).AuthorizedAsync();
        var after = await EndAsync(service);
        using var disconnect = new CancellationTokenSource();
        using var first = new HttpClient { BaseAddress = service.Client.BaseAddress };
        first.DefaultRequestHeaders.Authorization = service.Client.DefaultRequestHeaders.Authorization;
        var waiting = Enumerable.Range(0, 2).Select(_ => first.GetAsync($"api/payments/events?after={after}&timeout=30", disconnect.Token)).ToArray();
        var polls = service.Services.GetRequiredService<LongPolls>();
        Assert.That(() => polls.Waiting, Is.EqualTo(2).After(10_000, 10));
        using (var limited = await service.Client.GetAsync($"api/payments/events?after={after}&timeout=1"))
        {
            Assert.That(await limited.ErrorAsync(), Is.EqualTo((429, "TOO_MANY_REQUESTS")));
            Assert.That(limited.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)));
        }

        using (var page = await service.Client.GetAsync("api/payments/events"))
        {
            Assert.That((int)page.StatusCode, Is.EqualTo(200), "without a timeout it does not wait");
        }

        await disconnect.CancelAsync();
        Assert.That(async () => await Task.WhenAll(waiting), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => polls.Waiting, Is.Zero.After(10_000, 10));
        using var poll = await service.Client.GetAsync($"api/payments/events?after={after}&timeout=1");
        Assert.That((int)poll.StatusCode, Is.EqualTo(200));
    }

    [Test]
    public async Task LongPoll_ServiceStops_ReturnsEmptyBatchQuickly()
    {
        using var service = await new PaymentsService().AuthorizedAsync();
        var waiting = service.Client.GetAsync($"api/payments/events?after={await EndAsync(service)}&timeout=30");
        Assert.That(() => service.Services.GetRequiredService<LongPolls>().Waiting, Is.EqualTo(1).After(10_000, 10));
        var time = Stopwatch.StartNew();
        service.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        using var response = await waiting;
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        Assert.That(((int)response.StatusCode, await response.Content.ReadAsStringAsync()), Is.EqualTo((200, "[]")));
    }

    private static TestCaseData WayIn(string name, Func<PaymentsService, string, string, Task<HttpResponseMessage>> send, params string[] types) =>
        new TestCaseData(send, types).SetArgDisplayNames(name);

    private static string Payment(string connector, string reference, params (string Name, string? Json)[] changes) =>
        Request.Payment(connector, [("reference", $"\"{reference}\""), ("metadata", """{"a":"1"}"""), .. changes]);

    private static string History(string connector) => Payment(
        connector,
        "history",
        ("id", $"\"{PaymentId(connector, "history")}\""),
        ("provider", "\"STRIPE\""),
        ("status", "\"REFUNDED\""),
        ("initialAmount", "100"),
        ("amount", "60"),
        ("adjustments", """[{"reference":"history","createdAt":"2024-05-01T12:00:00Z","status":"PENDING","amount":100,"raw":{}},{"reference":"history","createdAt":"2024-05-02T12:00:00Z","status":"SUCCEEDED","amount":100,"raw":{}},{"reference":"re_1","createdAt":"2024-05-03T12:00:00Z","status":"REFUNDED","amount":40,"raw":{}}]"""));

    private static string PaymentId(string connector, string reference) => Base64Url.EncodeToString(
        Encoding.UTF8.GetBytes($$"""{"ConnectorID":{{Encoding.UTF8.GetString(Base64Url.DecodeFromChars(connector))}},"Reference":"{{reference}}","Type":"PAY-IN"}"""));

    private static Task<HttpResponseMessage> PatchAsync(PaymentsService service, string payment, string json) =>
        service.Client.PatchAsync($"api/payments/payments/{payment}/metadata", new StringContent(json, Encoding.UTF8, "application/json"));

    private static Task<HttpResponseMessage> ImportAsync(PaymentsService service, params string[] lines) =>
        service.Client.PostAsync("api/payments/payments/import", new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson"));

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private async Task<string> CreateAsync(string reference = "old")
    {
        var (status, body) = await Service.PostAsync("payments", Payment(Connector, reference));
        Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        return (string)body["data"]!["id"]!;
    }

    private Task<HttpResponseMessage> FeedAsync(string query) => Service.Client.GetAsync($"api/payments/events?{query}");

    private async Task<JsonArray> ReadAsync(string query)
    {
        using var response = await FeedAsync(query);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray();
    }

    private Task<long> PositionAsync() => EndAsync(Service);

    private static async Task<long> EndAsync(PaymentsService service)
    {
        using var response = await service.Client.GetAsync("api/payments/events?type=webhook.disabled");
        return long.Parse(Header(response, "Payments-Position"), CultureInfo.InvariantCulture);
    }
}
