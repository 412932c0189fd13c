using System.Buffers.Text;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Payments.Api.Tests.Payments;

internal sealed class CreatePaymentTests : ServiceFixture
{
    // As in the contract's example, with the sample connector.
    private const string Example =
        $$"""{"reference":"ref-001","connectorID":"{{Sample.ConnectorId}}","createdAt":"2024-05-01T14:00:00.500+02:00","amount":100,"type":"PAY-IN","status":"SUCCEEDED","scheme":"sepa debit","asset":"USD/2"}""";

    private static readonly string[] Types = ["PAY-IN", "PAYOUT", "TRANSFER", "OTHER"];

    private static readonly string[] Statuses =
    [
        "PENDING", "SUCCEEDED", "CANCELLED", "FAILED", "EXPIRED", "REFUNDED", "REFUNDED_FAILURE", "DISPUTE", "DISPUTE_WON", "DISPUTE_LOST", "OTHER",
    ];

    private static readonly string[] Schemes =
    [
        "unknown", "other", "visa", "mastercard", "amex", "diners", "discover", "jcb", "unionpay", "alipay", "cup", "sepa debit", "sepa credit",
        "sepa", "apple pay", "google pay", "doku", "dragonpay", "maestro", "molpay", "a2a", "ach debit", "ach", "rtp",
    ];

    [Test]
    public async Task Create_ContractExample_ReturnsContractJson()
    {
        using var response = await Service.SendAsync("payments", Example);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(
            $$$$"""
            {"data":{"id":"{{{{Sample.PaymentId}}}}","reference":"ref-001","sourceAccountID":"","destinationAccountID":"","connectorID":"{{{{Sample.ConnectorId}}}}","provider":"STRIPE",
            "type":"PAY-IN","status":"SUCCEEDED","initialAmount":100,"amount":100,"scheme":"sepa debit","asset":"USD/2","createdAt":"2024-05-01T12:00:00.5Z",
            "raw":{{{{Example}}}},"adjustments":[{"reference":"ref-001","createdAt":"2024-05-01T12:00:00.5Z","status":"SUCCEEDED","amount":100,"raw":{{{{Example}}}}}],"metadata":{}}}
            """.ReplaceLineEndings("")));
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/json"));
    }

    [TestCaseSource(nameof(Types))]
    public Task Create_EachType_ReturnsType(string type) => AssertReturnedAsync("type", JsonSerializer.Serialize(type));

    [TestCaseSource(nameof(Statuses))]
    public Task Create_EachStatus_ReturnsStatus(string status) => AssertReturnedAsync("status", JsonSerializer.Serialize(status));

    [TestCaseSource(nameof(Schemes))]
    public Task Create_EachScheme_ReturnsScheme(string scheme) => AssertReturnedAsync("scheme", JsonSerializer.Serialize(scheme));

    [TestCase("USD")]
    [TestCase("USD/2")]
    [TestCase("BTC/8")]
    [TestCase("JPY/0")]
    public Task Create_Asset_ReturnsAsset(string asset) => AssertReturnedAsync("asset", JsonSerializer.Serialize(asset));

    [TestCase("0")]
    [TestCase("9007199254740993")]
    [TestCase("18446744073709551616")]
    [TestCase("99999999999999999999999999999999999999")]
    public async Task Create_LargeAmount_IsExactInResponseAndDatabase(string amount)
    {
        var data = await AssertReturnedAsync("amount", amount);
        Assert.That(data["initialAmount"]!.ToJsonString(), Is.EqualTo(amount));

        using var connection = new SqliteConnection($"Data Source={Service.DatabaseFile}");
        connection.Open();
        using var command = new SqliteCommand("SELECT amount FROM payments ORDER BY sequence DESC LIMIT 1", connection);
        Assert.That(BigInteger.Parse((string)command.ExecuteScalar()!, null), Is.EqualTo(BigInteger.Parse(amount, null)));
    }

    [Test]
    public async Task Create_AccountsMetadataAndRaw_ReturnsThemUnchanged()
    {
        const string raw = """{ "n": 123456789012345678901234567890.10, "twice":1, "twice":2, "t":"\u0041\ud800 ü😀" }""";
        using var response = await Service.SendAsync("payments", Payment(
            ("sourceAccountID", $"\"{Sample.AccountId}\""), ("destinationAccountID", "null"), ("metadata", """{"z":"1","a":"ü😀\n"}"""), ("raw", raw)));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain($"\"raw\":{raw},"));
            Assert.That(text, Does.Contain($"\"sourceAccountID\":\"{Sample.AccountId}\",\"destinationAccountID\":\"\""));
            Assert.That((string?)JsonNode.Parse(text[text.LastIndexOf("{\"z\"", StringComparison.Ordinal)..^2])!["a"], Is.EqualTo("ü😀\n"));
        });
    }

    [Test]
    public async Task Create_ConnectorIdInOlderSpelling_IsReplay()
    {
        var json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Connector)).Replace("stripe", "STRIPE", StringComparison.Ordinal);
        var older = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
        await PostAsync();

        using var response = await Service.SendAsync("payments", Payment(("connectorID", $"\"{older}\"")));

        Assert.That(response.Headers.GetValues("Idempotent-Replayed"), Is.EqualTo((string[])["true"]));
    }

    [Test]
    public async Task Create_TwentyConcurrentEqualStatusChanges_RecordOneAdjustment()
    {
        await PostAsync();
        var change = Payment(("status", "\"SUCCEEDED\""), ("createdAt", "\"2024-05-02T00:00:00Z\""));

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Service.SendAsync("payments", change)));

        var bodies = await Task.WhenAll(responses.Select(response => response.Content.ReadAsStringAsync()));
        Assert.Multiple(() =>
        {
            Assert.That(responses.Select(response => (int)response.StatusCode), Is.All.EqualTo(200));
            Assert.That(responses.Count(response => !response.Headers.Contains("Idempotent-Replayed")), Is.EqualTo(1));
            Assert.That(bodies.Distinct().Count(), Is.EqualTo(1));
            Assert.That(AdjustmentStatuses(JsonNode.Parse(bodies[0])!["data"]!), Is.EqualTo((string[])["SUCCEEDED", "PENDING"]));
        });
    }

    [Test]
    public async Task Create_ConcurrentStatuses_RecordsEach()
    {
        await PostAsync();
        var others = Statuses.Where(status => status is not ("PENDING" or "REFUNDED")).ToArray();

        var responses = await Task.WhenAll(others.Select(status => Service.SendAsync("payments", Payment(("status", $"\"{status}\"")))));

        var (_, stored) = await PostAsync();
        Assert.Multiple(() =>
        {
            Assert.That(responses.Select(response => (int)response.StatusCode), Is.All.EqualTo(200));
            Assert.That(AdjustmentStatuses(stored["data"]!), Is.EquivalentTo((string[])["PENDING", .. others]));
        });
    }

    [Test]
    public async Task Create_RefundTwice_SubtractsAmountOnce()
    {
        await PostAsync(("status", "\"SUCCEEDED\""));
        (string, string?)[] refund = [("status", "\"REFUNDED\""), ("amount", "40"), ("createdAt", "\"2024-05-03T00:00:00Z\"")];

        var first = await PostAsync(refund);
        var second = await PostAsync(refund);

        Assert.Multiple(() =>
        {
            Assert.That((first.Status, second.Status), Is.EqualTo((200, 200)));
            Assert.That(second.Body["data"]!["amount"]!.ToJsonString(), Is.EqualTo("60"));
            Assert.That(second.Body["data"]!["initialAmount"]!.ToJsonString(), Is.EqualTo("100"));
            Assert.That((string?)second.Body["data"]!["status"], Is.EqualTo("REFUNDED"));
            Assert.That(second.Body.ToJsonString(), Is.EqualTo(first.Body.ToJsonString()));
        });
    }

    [Test]
    public async Task Create_RefundOverAmountLeft_Returns409NamingAmount()
    {
        await PostAsync();
        var (status, problem) = await PostAsync(("status", "\"REFUNDED\""), ("amount", "101"));
        Assert.That((status, string.Join(',', problem.Fields())), Is.EqualTo((409, "amount")));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("\"x\"")]
    [TestCase("{")]
    [TestCase("{} {}")]
    [TestCase("{}x")]
    [TestCase("{,}")]
    [TestCase("{\"reference\":\"a\",}")]
    [TestCase("{/* why */}")]
    [TestCase("{\"reference\":'a'}")]
    [TestCase("{\"amount\":01}")]
    [TestCase("{\"\\ud800\":1}")]
    public async Task Create_NotAJsonObject_Returns400InvalidBody(string body)
    {
        var (status, problem) = await Service.PostAsync("payments", body);
        Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "MISSING_OR_INVALID_BODY")), problem.ToJsonString());
    }

    [Test]
    public async Task Create_DuplicateMember_Returns400NamingMember()
    {
        var (status, problem) = await Service.PostAsync("payments", Payment()[..^1] + ",\"amount\":1}");
        Assert.That((status, (string?)problem["errorCode"], string.Join(',', problem.Fields())), Is.EqualTo((400, "MISSING_OR_INVALID_BODY", "amount")));
    }

    [Test]
    public async Task Create_ThousandsOfFaults_ReturnsOneHundred()
    {
        var members = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"m{i}\":1"));
        var (status, problem) = await Service.PostAsync("payments", $"{{{members}}}");
        Assert.That((status, problem.Fields().Length), Is.EqualTo((400, 100)));
    }

    [Test]
    public async Task Create_CompressedBody_Returns415()
    {
        using var content = new StringContent(Payment(), Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await Service.Client.PostAsync("api/payments/payments", content);
        Assert.That((int)response.StatusCode, Is.EqualTo(415));
    }

    [Test]
    public async Task Create_InvalidUtf8_Returns400()
    {
        using var content = new ByteArrayContent([.. "{\"reference\":\""u8, 0xFF, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        using var response = await Service.Client.PostAsync("api/payments/payments", content);
        Assert.That((int)response.StatusCode, Is.EqualTo(400));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("not UTF-8"));
    }

    [TestCase(32)]
    [TestCase(33)]
    public async Task Create_NestedRaw_AcceptsAtMost32Levels(int levels)
    {
        var nested = levels - 2; // the request and raw are one level each
        var (status, body) = await PostAsync(("raw", $"{{\"a\":{new string('[', nested)}{new string(']', nested)}}}"));
        Assert.That(status, Is.EqualTo(levels == 32 ? 200 : 400));
        Assert.That((string?)body["detail"], Is.EqualTo(levels == 32 ? null : "The body has more than 32 levels of objects and arrays."));
    }

    [TestCase("{\n  \"reference\": \"a\",\n}", "The body is not valid JSON. The first error is at line 3, byte 1.")]
    [TestCase("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "The body is not valid JSON. The first error is at byte 39.")]
    public async Task Create_NotJson_Returns400WithPosition(string text, string detail)
    {
        using var content = new StringContent(text, System.Text.Encoding.UTF8, "application/json");
        using var response = await Service.Client.PostAsync("api/payments/payments", content);
        Assert.That((string?)(await response.JsonAsync())["detail"], Is.EqualTo(detail));
    }

    [Test]
    public async Task Create_BodySize_AcceptsAtMost256KiB()
    {
        var request = Payment(("raw", "{\"text\":\"\"}"));
        var room = (256 * 1024) - request.Length;
        string WithText(int length) => request.Replace("\"text\":\"\"", $"\"text\":\"{new string('x', length)}\"", StringComparison.Ordinal);

        using var largest = await Service.SendAsync("payments", WithText(room));
        var (status, problem) = await Service.PostAsync("payments", WithText(room + 1));

        Assert.Multiple(() =>
        {
            Assert.That((int)largest.StatusCode, Is.EqualTo(200));
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((413, "BODY_TOO_LARGE")));
        });
    }

    [TestCase("text/html")]
    [TestCase("application/json;q=0")]
    [TestCase("application/json;q=0, */*")]
    public async Task Create_AcceptExcludesJson_Returns406AndRecordsNothing(string accept)
    {
        var body = Payment();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/payments/payments") { Content = new StringContent(body, null, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var rejected = await Service.Client.SendAsync(request);
        using var response = await Service.SendAsync("payments", body);
        Assert.Multiple(() =>
        {
            Assert.That((int)rejected.StatusCode, Is.EqualTo(406));
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.False);
        });
    }

    [TestCase("application/json;q=1, application/json;q=0.7")]
    [TestCase("text/html, */*;q=0.1")]
    [TestCase("application/*")]
    [TestCase("application/json; charset=utf-8")]
    public async Task Create_AcceptIncludesJson_Returns200(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/payments/payments") { Content = new StringContent(Payment(), null, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await Service.Client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
    }

    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("text/plain")]
    [TestCase("multipart/form-data; boundary=x")]
    [TestCase("application/x-www-form-urlencoded;charset=utf-7")]
    [TestCase("application/json; charset=utf-16")]
    public async Task Create_OtherMediaType_Returns415(string mediaType)
    {
        using var content = new StringContent(Payment());
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        using var response = await Service.Client.PostAsync("api/payments/payments", content);
        Assert.That((int)response.StatusCode, Is.EqualTo(415));
    }

    private async Task<JsonNode> AssertReturnedAsync(string field, string json)
    {
        var (status, body) = await PostAsync((field, json));
        Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        Assert.That(body["data"]![field]!.ToJsonString(), Is.EqualTo(json));
        return body["data"]!;
    }

    private string Payment(params (string Name, string? Json)[] changes) => Request.Payment(Connector, changes);

    private Task<(int Status, JsonObject Body)> PostAsync(params (string Name, string? Json)[] changes) => Service.PostAsync("payments", Payment(changes));

    private static IEnumerable<string?> AdjustmentStatuses(JsonNode payment) =>
        payment["adjustments"]!.AsArray().Select(adjustment => (string?)adjustment!["status"]);
}
