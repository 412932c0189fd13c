using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Records;

[TestFixture(typeof(PaymentRecord))]
[TestFixture(typeof(AccountRecord))]
internal sealed class RecordTests<TRecord>
    where TRecord : IRecord
{
    private PaymentsService _service = null!;
    private string _connector = null!;

    private static IEnumerable<TestCaseData> Invalid => TRecord.Invalid.Select(value => new TestCaseData(value.Field, value.Json));

    private static IEnumerable<TestCaseData> WrongType => TRecord.WrongType.Select(value => new TestCaseData(value.Member, value.Json));

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _service = await new PaymentsService().AuthorizedAsync();
        _connector = await _service.InstallAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task Create_SameContentOtherSpelling_ReturnsStoredAndReplayed()
    {
        var reference = Reference();
        using var first = await SendAsync(reference);
        using var second = await SendAsync(reference, ("createdAt", "\"2024-05-01T14:00:00.000+02:00\""), ("metadata", "{}"));
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
        var reference = Reference();
        var (_, stored) = await PostAsync(reference);

        var (status, problem) = await PostAsync([reference, .. TRecord.Different]);

        Assert.Multiple(async () =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
            Assert.That(Fields(problem), Is.EqualTo(TRecord.Different.Select(value => value.Field)));
            Assert.That((string?)problem["errorMessage"], Does.Contain(TRecord.Stored.Field).And.Contain(TRecord.Stored.Value));
            Assert.That(await ReadAsync(stored), Is.EqualTo(stored.ToJsonString()));
        });
    }

    [Test]
    public async Task Create_FiftyConcurrentEqualRequests_StoresOneAndReturns200ToAll()
    {
        var reference = Reference();
        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SendAsync(reference)));
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
        var reference = Reference();
        var (status, problem) = await PostAsync(reference, (field, json));
        Assert.Multiple(async () =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")), problem.ToJsonString());
            Assert.That(Fields(problem), Is.EqualTo((string[])[field]));
            Assert.That((string?)problem["errorMessage"], Does.StartWith(field));
            using var response = await SendAsync(reference);
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
        var (status, problem) = await PostAsync(Reference(), (member, json));
        Assert.Multiple(() =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "MISSING_OR_INVALID_BODY")), problem.ToJsonString());
            Assert.That(Fields(problem), Is.EqualTo((string[])[member]));
        });
    }

    [Test]
    public async Task Create_EveryMemberInvalid_Returns400NamingAllFields()
    {
        var (_, problem) = await _service.PostAsync(TRecord.Path, TRecord.AllInvalid);
        Assert.That(Fields(problem), Is.EqualTo(JsonNode.Parse(TRecord.AllInvalid)!.AsObject().Select(member => member.Key)));
    }

    [Test]
    public async Task Get_Stored_ReturnsSameAsCreate()
    {
        var (_, created) = await PostAsync(Reference(), ("metadata", """{"a":"b"}"""));
        Assert.That(await ReadAsync(created), Is.EqualTo(created.ToJsonString()));
    }

    [Test]
    public async Task Get_IfNoneMatch_Returns304ForItsTagOnly()
    {
        var (_, created) = await PostAsync(Reference());
        using var first = await _service.Client.GetAsync(Address(created));
        Assert.Multiple(async () =>
        {
            Assert.That(await _service.StatusAsync(Address(created), first.Headers.ETag!.ToString()), Is.EqualTo(HttpStatusCode.NotModified));
            Assert.That(await _service.StatusAsync(Address(created), "\"other\""), Is.EqualTo(HttpStatusCode.OK));
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
        var token = await _service.TokenAsync(scope);
        Assert.Multiple(async () =>
        {
            Assert.That(await StatusAsync(HttpMethod.Post, "", "{}"), Is.EqualTo(create));
            Assert.That(await StatusAsync(HttpMethod.Get, $"/{TRecord.UnknownId}", null), Is.EqualTo(get));
            Assert.That(await StatusAsync(HttpMethod.Get, "", null), Is.EqualTo(list));
        });

        async Task<int> StatusAsync(HttpMethod method, string path, string? body)
        {
            using var request = new HttpRequestMessage(method, $"api/payments/{TRecord.Path}{path}");
            request.Headers.Authorization = new("Bearer", token);
            request.Content = body is null ? null : new StringContent(body, null, "application/json");
            using var response = await _service.Client.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    private static (string Name, string? Json) Reference() => ("reference", JsonSerializer.Serialize(Guid.NewGuid()));

    private static string Address(JsonObject record) => $"api/payments/{TRecord.Path}/{record["data"]!["id"]}";

    private static IEnumerable<string> Fields(JsonObject problem) => problem["errors"]?.AsObject().Select(field => field.Key) ?? [];

    private Task<HttpResponseMessage> SendAsync(params (string Name, string? Json)[] changes) =>
        _service.SendAsync(TRecord.Path, TRecord.Body(_connector, changes));

    private Task<(int Status, JsonObject Body)> PostAsync(params (string Name, string? Json)[] changes) =>
        _service.PostAsync(TRecord.Path, TRecord.Body(_connector, changes));

    private async Task<string> ReadAsync(JsonObject record) =>
        (await _service.Client.GetFromJsonAsync<JsonObject>(Address(record)))!.ToJsonString();

    private async Task<(int Status, string? ErrorCode)> ErrorAsync(string id)
    {
        using var response = await _service.Client.GetAsync($"api/payments/{TRecord.Path}/{id}");
        return ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["errorCode"]);
    }
}
