using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Records;

[TestFixture(typeof(PaymentRecord))]
[TestFixture(typeof(AccountRecord))]
internal sealed class RecordTests<TRecord> : ServiceFixture
    where TRecord : IRecord
{
    private static IEnumerable<TestCaseData> Invalid => TRecord.Invalid.Select(value => new TestCaseData(value.Field, value.Json));

    private static IEnumerable<TestCaseData> WrongType => TRecord.WrongType.Select(value => new TestCaseData(value.Member, value.Json));

    [Test]
    public async Task Create_SameContentOtherSpelling_ReturnsStoredAndReplayed()
    {
        using var first = await SendAsync();
        using var second = await SendAsync(("createdAt", "\"2024-05-01T14:00:00.000+02:00\""), ("metadata", "{}"));
        Assert.Multiple(async () =>
        {
            Assert.That(first.Headers.Contains("Idempotent-Replayed"), Is.False);
            Assert.That(second.Headers.GetValues("Idempotent-Replayed"), Is.EqualTo((string[])["true"]));
            Assert.That(await second.Content.ReadAsStringAsync(), Is.EqualTo(await first.Content.ReadAsStringAsync()));
        });
    }

    [Test]
    public async Task Create_SameReferenceOtherContent_Returns409NamingEachField()
    {
        var (_, stored) = await PostAsync();

        var (status, problem) = await PostAsync([.. TRecord.Different]);

        Assert.Multiple(async () =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
            Assert.That(problem.Fields(), Is.EqualTo(TRecord.Different.Select(value => value.Field)));
            Assert.That((string?)problem["errorMessage"], Does.Contain(TRecord.Stored.Field).And.Contain(TRecord.Stored.Value));
            Assert.That(await ReadAsync(stored), Is.EqualTo(stored.ToJsonString()));
        });
    }

    [Test]
    public async Task Create_FiftyConcurrentEqualRequests_StoresOneAndReturns200ToAll()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SendAsync()));
        var bodies = await Task.WhenAll(responses.Select(response => response.Content.ReadAsStringAsync()));
        Assert.Multiple(() =>
        {
            Assert.That(responses.Select(response => (int)response.StatusCode), Is.All.EqualTo(200));
            Assert.That(responses.Count(response => !response.Headers.Contains("Idempotent-Replayed")), Is.EqualTo(1));
            Assert.That(bodies.Distinct().Count(), Is.EqualTo(1));
        });
    }

    [TestCase("reference", null)]
    [TestCase("reference", "\"\"")]
    [TestCase("reference", "\" a\"")]
    [TestCase("reference", "\"a \"")]
    [TestCase("reference", "\"a\\u0000b\"")]
    [TestCase("reference", "\"\\ud83d\"")]
    [TestCase("connectorID", null)]
    [TestCase("connectorID", "\"\"")]
    [TestCase("connectorID", "\"x\"")]
    [TestCase("connectorID", "\"eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9\"")]
    [TestCase("createdAt", null)]
    [TestCase("createdAt", "\"2024-05-01\"")]
    [TestCase("createdAt", "\"2024-05-01T12:00:00\"")]
    [TestCase("createdAt", "\"2999-01-01T00:00:00Z\"")]
    [TestCase("type", null)]
    [TestCase("metadata", "{\"\":\"a\"}")]
    [TestCase("metadata", "{\"a\":\"\\ud800\"}")]
    [TestCaseSource(nameof(Invalid))]
    public async Task Create_InvalidValue_Returns400NamingFieldAndStoresNothing(string field, string? json)
    {
        var (status, problem) = await PostAsync((field, json));
        Assert.Multiple(async () =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")), problem.ToJsonString());
            Assert.That(problem.Fields(), Is.EqualTo((string[])[field]));
            Assert.That((string?)problem["errorMessage"], Does.StartWith(field));
            using var response = await SendAsync();
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.False, "it was stored");
        });
    }

    [TestCase("reference", "1")]
    [TestCase("connectorID", "{}")]
    [TestCase("createdAt", "1714564800")]
    [TestCase("type", "1")]
    [TestCase("metadata", "[]")]
    [TestCase("metadata", "{\"a\":null}")]
    [TestCase("metadata", "{\"a\":1}")]
    [TestCase("metadata", "{\"a\":\"1\",\"a\":\"2\"}")]
    [TestCase("Reference", "\"x\"")]
    [TestCase("note", "\"x\"")]
    [TestCaseSource(nameof(WrongType))]
    public async Task Create_WrongJsonTypeOrUnknownMember_Returns400NamingMember(string member, string json)
    {
        var (status, problem) = await PostAsync((member, json));
        Assert.Multiple(() =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "MISSING_OR_INVALID_BODY")), problem.ToJsonString());
            Assert.That(problem.Fields(), Is.EqualTo((string[])[member]));
        });
    }

    [Test]
    public async Task Create_EveryMemberInvalid_Returns400NamingAllFields()
    {
        var (_, problem) = await Service.PostAsync(TRecord.Path, TRecord.AllInvalid);
        Assert.That(problem.Fields(), Is.EqualTo(JsonNode.Parse(TRecord.AllInvalid)!.AsObject().Select(member => member.Key)));
    }

    [Test]
    public async Task Get_Stored_ReturnsSameAsCreate()
    {
        var (_, created) = await PostAsync(("metadata", """{"a":"b"}"""));
        Assert.That(await ReadAsync(created), Is.EqualTo(created.ToJsonString()));
    }

    [Test]
    public async Task Get_IfNoneMatch_Returns304ForItsTagOnly()
    {
        var (_, created) = await PostAsync();
        using var first = await Service.Client.GetAsync(Address(created));
        Assert.Multiple(async () =>
        {
            Assert.That(await Service.StatusAsync(Address(created), first.Headers.ETag!.ToString()), Is.EqualTo(HttpStatusCode.NotModified));
            Assert.That(await Service.StatusAsync(Address(created), "\"other\""), Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [TestCase("x")]
    [TestCase("e30")]
    public async Task Get_InvalidId_Returns400(string id) => Assert.That(await ErrorAsync(id), Is.EqualTo((400, "INVALID_ID")));

    [Test]
    public async Task Get_UnknownId_Returns404() => Assert.That(await ErrorAsync(TRecord.UnknownId), Is.EqualTo((404, "NOT_FOUND")));

    [TestCase("payments:read", 403, 404, 200)]
    [TestCase("payments:write", 400, 403, 403)]
    public async Task Endpoints_TokenWithOneScope_Return403ForOtherScope(string scope, int create, int get, int list)
    {
        var token = await Service.TokenAsync(scope);
        Assert.Multiple(async () =>
        {
            Assert.That(await StatusAsync(HttpMethod.Post, "", "{}"), Is.EqualTo(create));
            Assert.That(await StatusAsync(HttpMethod.Get, $"/{TRecord.UnknownId}", null), Is.EqualTo(get));
            Assert.That(await StatusAsync(HttpMethod.Get, "", null), Is.EqualTo(list));
        });

        async Task<int> StatusAsync(HttpMethod method, string path, string? body)
        {
            using var response = await Service.Client.SendWithTokenAsync(token, method, $"api/payments/{TRecord.Path}{path}", body);
            return (int)response.StatusCode;
        }
    }

    private static string Address(JsonObject record) => $"api/payments/{TRecord.Path}/{record["data"]!["id"]}";

    private Task<HttpResponseMessage> SendAsync(params (string Name, string? Json)[] changes) =>
        Service.SendAsync(TRecord.Path, TRecord.Body(Connector, changes));

    private Task<(int Status, JsonObject Body)> PostAsync(params (string Name, string? Json)[] changes) =>
        Service.PostAsync(TRecord.Path, TRecord.Body(Connector, changes));

    private async Task<string> ReadAsync(JsonObject record) =>
        (await Service.Client.GetFromJsonAsync<JsonObject>(Address(record)))!.ToJsonString();

    private async Task<(int Status, string? ErrorCode)> ErrorAsync(string id)
    {
        using var response = await Service.Client.GetAsync($"api/payments/{TRecord.Path}/{id}");
        return await response.ErrorAsync();
    }
}
