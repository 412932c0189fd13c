using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Payments.Api.Lists;
using Payments.Domain;

namespace Payments.Api.Tests.Payments;

/// <summary>How requests become filters. The infrastructure tests check that each filter finds the right payments on each database.</summary>
public sealed class ListFilterTests
{
    private static readonly string Long = new('x', 1001);

    private PaymentsService _service = null!;
    private string _connector = null!;
    private string _id = null!;
    private string _account = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _service = await new PaymentsService().AuthorizedAsync();
        _connector = await _service.InstallAsync();
        _account = (string)(await _service.PostAsync("accounts", Request.Account(_connector))).Body["data"]!["id"]!;
        var (status, created) = await _service.PostAsync(
            "payments",
            Request.Payment(
                _connector, ("reference", "\"one & 1\""), ("sourceAccountID", JsonSerializer.Serialize(_account)), ("metadata", """{"order[1]":"a+b","none":""}""")));
        Assert.That(status, Is.EqualTo(200), created.ToJsonString());
        _id = (string)created["data"]!["id"]!;
        await _service.PostAsync("payments", Request.Payment(_connector, ("reference", "\"one & 1\""), ("status", "\"REFUNDED\""), ("amount", "40"), ("createdAt", "\"2024-05-01T12:00:01Z\""), ("sourceAccountID", JsonSerializer.Serialize(_account))));
        await _service.PostAsync("payments", Request.Payment(_connector, ("reference", "\"two\""), ("type", "\"PAYOUT\""), ("scheme", "\"sepa debit\""), ("asset", "\"EUR/2\""), ("amount", "7"), ("createdAt", "\"2024-05-02T12:00:00Z\"")));
        await _service.PostAsync("payments", Request.Payment(await _service.InstallAsync("DUMMY-PAY"), ("reference", "\"three\""), ("amount", new string('9', 38)), ("createdAt", "\"2024-05-03T12:00:00Z\"")));
    }

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [TestCase("reference=two", "two")]
    [TestCase("reference=two&reference=three&reference=two", "three two")]
    [TestCase("reference=one%20%26%201", "one & 1")]
    [TestCase("connectorID={connector}", "two one & 1")]
    [TestCase("provider=STRIPE", "two one & 1")]
    [TestCase("provider=dummypay", "three")]
    [TestCase("provider=Dummy-Pay&provider=wise", "three")]
    [TestCase("type=PAYOUT", "two")]
    [TestCase("status=REFUNDED", "one & 1")]
    [TestCase("status=REFUNDED&status=PENDING&sort=createdAt:asc", "one & 1 two three")]
    [TestCase("scheme=sepa%20debit", "two")]
    [TestCase("scheme=sepa+debit", "two")]
    [TestCase("asset=EUR/2", "two")]
    [TestCase("sourceAccountID={account}", "one & 1")]
    [TestCase("destinationAccountID={account}", "")]
    [TestCase("amountGte=60", "three one & 1")]
    [TestCase("amountLte=60", "two one & 1")]
    [TestCase("amountGte=8&amountLte=99999999999999999999999999999999999998", "one & 1")]
    [TestCase("createdAtFrom=2024-05-02T12:00:00Z", "three two")]
    [TestCase("createdAtTo=2024-05-02T14:00:00%2B02:00", "one & 1")]
    [TestCase("createdAtFrom=2024-05-02T12:00:00Z&createdAtTo=2024-05-02T12:00:00.0000001Z", "two")]
    [TestCase("metadata[order[1]]=a%2Bb", "one & 1")]
    [TestCase("metadata%5Bnone%5D=", "one & 1")]
    [TestCase("metadata[none]=x&metadata[none]=", "one & 1")]
    [TestCase("metadata[none]=&metadata[NONE]=", "")]
    [TestCase("metadata[NONE]=x&metadata[none]=", "")]
    [TestCase("status=PENDING&asset=USD/2", "three")]
    [TestCase("query={}", "three two one & 1")]
    [TestCase("""query={"$match":{"reference":"two"}}""", "two")]
    [TestCase("""query={"$match":{"id":"{id}"}}""", "one & 1")]
    [TestCase("""query={"$match":{"connector_id":"{connector}"}}""", "two one & 1")]
    [TestCase("""query={"$match":{"provider":"dummy-pay"}}""", "three")]
    [TestCase("""query={"$in":{"type":["PAYOUT","OTHER"]}}""", "two")]
    [TestCase("""query={"$match":{"source_account_id":"{account}"}}""", "one & 1")]
    [TestCase("""query={"$not":{"$match":{"source_account_id":"{account}"}}}""", "three two")]
    [TestCase("""query={"$gt":{"amount":60}}""", "three")]
    [TestCase("""query={"$gte":{"initial_amount":100}}""", "three one & 1")]
    [TestCase("""query={"$match":{"initial_amount":100}}""", "one & 1")]
    [TestCase("""query={"$lt":{"created_at":"2024-05-02T12:00:00Z"}}""", "one & 1")]
    [TestCase("""query={"$lte":{"created_at":"2024-05-02T12:00:00Z"}}""", "two one & 1")]
    [TestCase("""query={"$lte":{"created_at":"9999-12-31T23:59:59.9999999Z"}}""", "three two one & 1")]
    [TestCase("createdAtFrom=9999-12-31T23:59:59.9999999Z", "")]
    [TestCase("""query={"$in":{"created_at":["2024-05-02T12:00:00Z","2024-05-03T12:00:00%2B00:00"]}}""", "three two")]
    [TestCase("""query={"$match":{"metadata[order[1]]":"a%2Bb"}}""", "one & 1")]
    [TestCase("""query={"$exists":{"metadata[none]":true}}""", "one & 1")]
    [TestCase("""query={"$exists":{"metadata[none]":false}}""", "three two")]
    [TestCase("""query={"$or":[{"$match":{"asset":"EUR/2"}},{"$and":[{"$match":{"status":"PENDING"}},{"$gt":{"amount":7}}]}]}""", "three two")]
    [TestCase("""type=PAY-IN&query={"$not":{"$match":{"status":"PENDING"}}}""", "one & 1")]
    public async Task List_Filter_ReturnsMatchingPayments(string query, string expected)
    {
        var page = await PageAsync(Filled(query));
        Assert.That(string.Join(' ', References(page)), Is.EqualTo(expected));
    }

    [TestCase("status=", "status")]
    [TestCase("status=pending", "status")]
    [TestCase("status=PENDING,FAILED", "status")]
    [TestCase("status=PENDING&status=1", "status")]
    [TestCase("Status=PENDING", "Status")]
    [TestCase("status=PENDING&Status=FAILED", "Status")]
    [TestCase("type=PAY_IN", "type")]
    [TestCase("scheme=VISA", "scheme")]
    [TestCase("asset=usd", "asset")]
    [TestCase("provider=stripe-eu", "provider")]
    [TestCase("reference=", "reference")]
    [TestCase("reference=%20two", "reference")]
    [TestCase("connectorID=stripe", "connectorID")]
    [TestCase("sourceAccountID=", "sourceAccountID")]
    [TestCase("destinationAccountID={connector}", "destinationAccountID")]
    [TestCase("amountGte=-1", "amountGte")]
    [TestCase("amountGte=1.0", "amountGte")]
    [TestCase("amountGte=1&amountGte=2", "amountGte")]
    [TestCase("amountLte=100000000000000000000000000000000000000", "amountLte")]
    [TestCase("createdAtFrom=2024-05-01", "createdAtFrom")]
    [TestCase("createdAtTo=2024-05-01T12:00:00", "createdAtTo")]
    [TestCase("createdAtTo=2024-05-01T12:00:00+02:00", "createdAtTo")]
    [TestCase("metadata=x", "metadata")]
    [TestCase("metadata[]=x", "metadata[]")]
    [TestCase("metadata[a]={long}", "metadata[a]")]
    [TestCase("amount=1", "amount")]
    [TestCase("query=", "query")]
    [TestCase("query=status", "query")]
    [TestCase("query={}&query={}", "query")]
    [TestCase("query=[]", "query")]
    [TestCase("""query={"$match":{"status":"FAILED"}}x""", "query")]
    [TestCase("""query={"$match":{"status":"FAILED"},"$not":{}}""", "query")]
    [TestCase("""query={"$match":{"status":"FAILED"},"$match":{"status":"FAILED"}}""", "query")]
    [TestCase("""query={"$match":{"status":"\ud800"}}""", "query")]
    [TestCase("""query={"status":"FAILED"}""", "query.status")]
    [TestCase("""query={"$like":{"reference":"a"}}""", "query.$like")]
    [TestCase("""query={"$match":{"state":"FAILED"}}""", "query.$match.state")]
    [TestCase("""query={"$match":{"metadata":"x"}}""", "query.$match.metadata")]
    [TestCase("""query={"$match":{"status":"FAILED","type":"OTHER"}}""", "query.$match")]
    [TestCase("""query={"$match":[]}""", "query.$match")]
    [TestCase("""query={"$match":{"status":"failed"}}""", "query.$match.status")]
    [TestCase("""query={"$match":{"status":1}}""", "query.$match.status")]
    [TestCase("""query={"$match":{"status":null}}""", "query.$match.status")]
    [TestCase("""query={"$match":{"amount":"100"}}""", "query.$match.amount")]
    [TestCase("""query={"$gte":{"amount":1e2}}""", "query.$gte.amount")]
    [TestCase("""query={"$lt":{"status":"FAILED"}}""", "query.$lt.status")]
    [TestCase("""query={"$in":{"status":"FAILED"}}""", "query.$in.status")]
    [TestCase("""query={"$in":{"status":[]}}""", "query.$in.status")]
    [TestCase("""query={"$in":{"status":["FAILED","x"]}}""", "query.$in.status[1]")]
    [TestCase("""query={"$exists":{"reference":true}}""", "query.$exists.reference")]
    [TestCase("""query={"$exists":{"metadata[a]":"yes"}}""", "query.$exists.metadata[a]")]
    [TestCase("""query={"$and":[]}""", "query.$and")]
    [TestCase("""query={"$or":{"$match":{"status":"FAILED"}}}""", "query.$or")]
    [TestCase("""query={"$not":[]}""", "query.$not")]
    [TestCase("""query={"$and":[{"$match":{"asset":"USD"}},{"$or":[{}]}]}""", "query.$and[1].$or[0]")]
    public async Task List_InvalidFilter_Returns400NamingParameter(string query, string field)
    {
        using var response = await _service.Client.GetAsync($"api/payments/payments?{Filled(query)}");
        var problem = await response.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")));
            Assert.That(problem.Fields(), Is.EqualTo((string[])[field]));
        });
    }

    [TestCase(10, 200)]
    [TestCase(11, 400)]
    [TestCase(40, 400)]
    public async Task List_DeepQuery_AcceptsAtMostTenLevels(int depth, int status)
    {
        var not = depth - 2;
        var query = $"{{\"$or\":[{string.Concat(Enumerable.Repeat("{\"$not\":", not))}{{\"$exists\":{{\"metadata[a]\":false}}}}{new string('}', not)}]}}";
        using var response = await _service.Client.GetAsync($"api/payments/payments?status=PENDING&pageSize=1&query={Uri.EscapeDataString(query)}");
        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
        if (status == 200)
        {
            // The first of two pending payments is on the page, so there is a cursor, with the deepest filter.
            var next = (await response.JsonAsync())["cursor"]!["next"];
            Assert.That(References(await PageAsync($"cursor={next}")), Is.EqualTo((string[])["two"]));
        }
    }

    // Each $not stands for all other values. Together they are more values than a statement can have.
    [Test]
    public async Task List_AnyOfManyNots_ReturnsMatchingPayments()
    {
        var nots = string.Join(',', Enumerable.Range(0, 40).Select(_ => """{"$not":{"$match":{"scheme":"visa"}}},{"$not":{"$match":{"status":"PENDING"}}}"""));
        var amounts = string.Join(',', Enumerable.Range(1000, 20));
        var page = await PageAsync($$$"""query={"$or":[{{{nots}}},{"$in":{"initial_amount":[{{{amounts}}}]}}]}""");
        Assert.That(References(page), Is.EqualTo((string[])["two", "one & 1"]));
    }

    [Test]
    public async Task List_EmptyQueryAndOtherFilter_CursorKeepsFilter()
    {
        var first = await PageAsync("status=PENDING&query={}&pageSize=1");
        Assert.That(References(await PageAsync($"cursor={first["next"]}")), Is.EqualTo((string[])["two"]));
    }

    [TestCase(100, 200)]
    [TestCase(101, 400)]
    public async Task List_ManyParameterValues_AcceptsAtMostOneHundred(int count, int status)
    {
        var references = string.Join('&', Enumerable.Range(0, count - 1).Select(i => $"reference={i}"));
        using var response = await _service.Client.GetAsync($"api/payments/payments?{references}&amountGte=1");
        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task List_Over100ParameterValues_NamesParameterWithMost()
    {
        var references = string.Concat(Enumerable.Range(0, 101).Select(i => $"&reference={i}"));
        using var response = await _service.Client.GetAsync($"api/payments/payments?status=FAILED{references}&query={{\"$match\":{{\"type\":\"OTHER\"}}}}");
        var problem = await response.JsonAsync();
        Assert.That(problem.Fields(), Is.EqualTo((string[])["reference"]));
        Assert.That(
            (string?)problem["errors"]!["reference"]![0],
            Is.EqualTo("must have at most 100 values, including those of the other filter parameters; there are 103"));
    }

    [TestCase("metadata=a", "metadata", "is not a parameter of this list; did you mean metadata[key]?")]
    [TestCase("metadata.a=b", "metadata.a", "is not a parameter of this list; did you mean metadata[key]?")]
    [TestCase("Status=FAILED", "Status", "is not a parameter of this list; did you mean status?")]
    [TestCase("PageSize=1", "PageSize", "is not a parameter of this list; did you mean pageSize?")]
    [TestCase("colour=red", "colour", "is not a parameter of this list")]
    [TestCase("pageSize=1&pageSize=2", "pageSize", "must be given only once")]
    public async Task List_WrongParameter_ReturnsRule(string query, string field, string rule)
    {
        using var response = await _service.Client.GetAsync($"api/payments/payments?{query}");
        var errors = (await response.JsonAsync())["errors"]!;
        Assert.That(errors[field]!.AsArray().Select(error => (string?)error), Is.EqualTo((string[])[rule]));
    }

    [TestCase(50, 200)]
    [TestCase(51, 400)]
    public async Task List_ManyQueryValues_AcceptsAtMostOneHundred(int count, int status)
    {
        var values = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\""));
        using var response = await _service.Client.GetAsync(
            $$$$"""api/payments/payments?query={"$or":[{"$in":{"reference":[{{{{values}}}}]}},{"$not":{"$in":{"reference":[{{{{values}}}}]}}}]}""");
        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
    }

    // A cursor is not signed, so a client can write one.
    [TestCase("""{"$match":{"status":"pending"}}""")]
    [TestCase("""{"$in":{"amount":[{values}]}}""")]
    public async Task List_CursorWithInvalidFilter_Returns400(string filter)
    {
        var values = string.Join(',', Enumerable.Range(0, 101));
        var page = new PageRequest(15, Position: new PagePosition(new Instant(DateTimeOffset.UnixEpoch), 1));
        var cursor = ListCursor.Write("payments", page, filter.Replace("{values}", values, StringComparison.Ordinal));
        using var response = await _service.Client.GetAsync($"api/payments/payments?cursor={cursor}");
        Assert.That((int)response.StatusCode, Is.EqualTo(400), await response.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task List_FilterOver16KiB_Returns400NamingParameter()
    {
        var references = string.Join('&', Enumerable.Range(0, 18).Select(i => $"reference={i}{new string('x', 950)}"));
        using var response = await _service.Client.GetAsync($"api/payments/payments?{references}");
        var problem = await response.JsonAsync();
        Assert.That(
            ((int)response.StatusCode, (string?)problem["errors"]?["reference"]?[0]),
            Is.EqualTo((400, (string?)"must be at most 16 KiB, including the other filter parameters")));
    }

    [Test]
    public async Task List_LongestEmojiValue_IsFoundByParameterQueryAndCursor()
    {
        var emoji = string.Concat(Enumerable.Repeat("😀", 1000));
        var key = string.Concat(Enumerable.Repeat("😀", 100));
        using var service = await new PaymentsService().AuthorizedAsync();
        var connector = await service.InstallAsync();
        foreach (var type in (string[])["\"PAY-IN\"", "\"PAYOUT\""])
        {
            var (status, body) = await service.PostAsync(
                "payments", Request.Payment(connector, ("reference", $"\"{emoji}\""), ("metadata", $$"""{"{{key}}":"{{emoji}}"}"""), ("type", type)));
            Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        }

        foreach (var filter in (string[])
        [
            $"reference={Uri.EscapeDataString(emoji)}",
            $"metadata[{Uri.EscapeDataString(key)}]={Uri.EscapeDataString(emoji)}",
            $"query={Uri.EscapeDataString($$$"""{"$match":{"reference":"{{{emoji}}}"}}""")}",
            $"query={Uri.EscapeDataString($$$"""{"$match":{"metadata[{{{key}}}]":"{{{emoji}}}"}}""")}",
        ])
        {
            var first = (await service.Client.GetFromJsonAsync<JsonObject>($"api/payments/payments?pageSize=1&{filter}"))!["cursor"]!;
            var second = (await service.Client.GetFromJsonAsync<JsonObject>($"api/payments/payments?cursor={first["next"]}"))!["cursor"]!;
            Assert.That((string?)second["data"]![0]!["reference"], Is.EqualTo(emoji));
        }
    }

    [Test]
    public async Task List_Cursor_KeepsFilterAndRejectsOther()
    {
        const string Filter = """status=PENDING&status=REFUNDED&query={"$or":[{"$match":{"metadata[none]":""}},{"$in":{"reference":["two","three"]}}]}""";
        var first = await PageAsync($"{Filter}&pageSize=1");
        var second = await PageAsync($"cursor={first["next"]}");
        var third = await PageAsync($"cursor={second["next"]}");
        var back = await PageAsync($"cursor={third["previous"]}");
        using var other = await _service.Client.GetAsync($"api/payments/payments?cursor={first["next"]}&status=FAILED&metadata[a]=b&query={{}}");
        var problem = await other.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That(((JsonObject[])[first, second, third, back]).Select(page => References(page).Single()), Is.EqualTo((string[])["three", "two", "one & 1", "two"]));
            Assert.That((bool?)third["hasMore"], Is.False);
            Assert.That(problem.Fields(), Is.EqualTo((string[])["status", "metadata[a]", "query"]));
        });
    }

    private string Filled(string query) => query
        .Replace("{connector}", _connector, StringComparison.Ordinal)
        .Replace("{account}", _account, StringComparison.Ordinal)
        .Replace("{id}", _id, StringComparison.Ordinal)
        .Replace("{long}", Long, StringComparison.Ordinal);

    private async Task<JsonObject> PageAsync(string query)
    {
        using var response = await _service.Client.GetAsync($"api/payments/payments?{query}");
        var body = await response.JsonAsync();
        Assert.That((int)response.StatusCode, Is.EqualTo(200), body.ToJsonString());
        return body["cursor"]!.AsObject();
    }

    private static IEnumerable<string> References(JsonObject page) => page["data"]!.AsArray().Select(payment => (string)payment!["reference"]!);
}
