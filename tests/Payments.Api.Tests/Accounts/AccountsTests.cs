using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Accounts;

public sealed class AccountsTests
{
    private PaymentsService _service = null!;
    private string _connector = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _service = await new PaymentsService().AuthorizedAsync();
        _connector = await _service.InstallAsync("dummypay");
    }

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task Create_AllMembers_ReturnsContractJson()
    {
        var request =
            $$$"""{"reference":"acc_1","connectorID":"{{{_connector}}}","createdAt":"2024-05-01T14:00:00.500+02:00","type":"EXTERNAL","accountName":"Main ü","defaultAsset":"USD/2","metadata":{"z":"1","a":"2"}}""";

        using var response = await _service.SendAsync("accounts", $" {request}\n");

        var text = await response.Content.ReadAsStringAsync();
        var id = (string)JsonNode.Parse(text)!["data"]!["id"]!;
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(200));
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.False);
            Assert.That(text, Is.EqualTo(
                $$$$"""
                {"data":{"id":"{{{{id}}}}","reference":"acc_1","createdAt":"2024-05-01T12:00:00.5Z","connectorID":"{{{{_connector}}}}","provider":"DUMMY-PAY",
                "defaultCurrency":"USD/2","defaultAsset":"USD/2","accountName":"Main ü","type":"EXTERNAL","raw":{{{{request}}}},"metadata":{"z":"1","a":"2"}}}
                """.ReplaceLineEndings("")));
        });
    }

    [TestCase(null)]
    [TestCase("\"\"")]
    [TestCase("null")]
    public async Task Create_NoNameAssetOrMetadata_ReturnsThemEmpty(string? json)
    {
        var (status, body) = await PostAsync(("accountName", json), ("defaultAsset", json));
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(200), body.ToJsonString());
            Assert.That(
                ((string?)body["data"]!["accountName"], (string?)body["data"]!["defaultAsset"], (string?)body["data"]!["defaultCurrency"]),
                Is.EqualTo(("", "", "")));
            Assert.That(body["data"]!["metadata"]!.ToJsonString(), Is.EqualTo("{}"));
        });
    }

    [Test]
    public async Task Create_AccountOfRecordedPayment_ReturnsIdInPayment()
    {
        var (_, account) = await PostAsync();
        var id = account["data"]!["id"]!.ToJsonString();
        var (status, payment) = await _service.PostAsync("payments", Request.Payment(_connector, Reference(), ("destinationAccountID", id)));
        Assert.That((status, payment["data"]?["destinationAccountID"]?.ToJsonString()), Is.EqualTo((200, id)));
    }

    [Test]
    public async Task Create_SameRequest_ReturnsRecordedAccountAsReplay()
    {
        var reference = Reference();
        using var first = await _service.SendAsync("accounts", Account(reference, ("accountName", "\"Main\"")));
        using var second = await _service.SendAsync(
            "accounts", Account(reference, ("createdAt", "\"2024-05-01T14:00:00.000+02:00\""), ("accountName", "\"Main\""), ("defaultAsset", "\"\"")));
        Assert.Multiple(async () =>
        {
            Assert.That(second.Headers.GetValues("Idempotent-Replayed"), Is.EqualTo((string[])["true"]));
            Assert.That(await second.Content.ReadAsStringAsync(), Is.EqualTo(await first.Content.ReadAsStringAsync()));
        });
    }

    [Test]
    public async Task Create_SameReferenceOtherContent_Returns409NamingFields()
    {
        var reference = Reference();
        var (_, stored) = await PostAsync(reference, ("accountName", "\"Main\""));

        var (status, problem) = await PostAsync(
            reference,
            ("createdAt", "\"2024-05-01T12:00:01Z\""), ("type", "\"EXTERNAL\""), ("accountName", "\"main\""), ("defaultAsset", "\"EUR/2\""), ("metadata", """{"a":"b"}"""));

        Assert.Multiple(async () =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
            Assert.That(Fields(problem), Is.EqualTo((string[])["createdAt", "type", "accountName", "defaultAsset", "metadata"]));
            Assert.That((string?)problem["errorMessage"], Does.Contain("accountName differs from the recorded value: Main"));
            Assert.That(await ReadAsync(stored), Is.EqualTo(stored.ToJsonString()));
        });
    }

    [Test]
    public async Task Create_FiftyConcurrentRequests_RecordsOneAccount()
    {
        var request = Account();
        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _service.SendAsync("accounts", request)));
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
    [TestCase("reference", "\"a \"")]
    [TestCase("connectorID", null)]
    [TestCase("connectorID", "\"x\"")]
    [TestCase("connectorID", "\"eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9\"")]
    [TestCase("createdAt", null)]
    [TestCase("createdAt", "\"2024-05-01T12:00:00\"")]
    [TestCase("createdAt", "\"2999-01-01T00:00:00Z\"")]
    [TestCase("type", null)]
    [TestCase("type", "\"internal\"")]
    [TestCase("type", "\"INTERNAL, EXTERNAL\"")]
    [TestCase("type", "\"1\"")]
    [TestCase("accountName", "\" \"")]
    [TestCase("accountName", "\"a\\u0000b\"")]
    [TestCase("accountName", "\"\\ud83d\"")]
    [TestCase("defaultAsset", "\"usd\"")]
    [TestCase("defaultAsset", "\"USD/2\\n\"")]
    [TestCase("metadata", "{\"\":\"a\"}")]
    public async Task Create_InvalidValue_Returns400NamingField(string field, string? json)
    {
        var reference = Reference();
        var (status, problem) = await PostAsync(reference, (field, json));
        Assert.Multiple(async () =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")), problem.ToJsonString());
            Assert.That(Fields(problem), Is.EqualTo((string[])[field]));
            Assert.That((string?)problem["errorMessage"], Does.StartWith(field));
            using var response = await _service.SendAsync("accounts", Account(reference));
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.False, "it was stored");
        });
    }

    [TestCase("reference", "1")]
    [TestCase("type", "1")]
    [TestCase("accountName", "{}")]
    [TestCase("metadata", "{\"a\":null}")]
    [TestCase("raw", "{}")]
    [TestCase("raw", "\"x\"")]
    [TestCase("defaultCurrency", "\"USD/2\"")]
    public async Task Create_WrongJsonType_Returns400NamingMember(string member, string json)
    {
        var (status, problem) = await PostAsync((member, json));
        Assert.Multiple(() =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "MISSING_OR_INVALID_BODY")), problem.ToJsonString());
            Assert.That(Fields(problem), Is.EqualTo((string[])[member]));
        });
    }

    [Test]
    public async Task Create_EveryValueInvalid_Returns400NamingEveryField()
    {
        var (_, problem) = await _service.PostAsync(
            "accounts",
            """{"reference":"","connectorID":"x","createdAt":"now","type":"x","accountName":" ","defaultAsset":"x","metadata":{"":""}}""");
        Assert.That(
            Fields(problem),
            Is.EqualTo((string[])["reference", "connectorID", "createdAt", "type", "accountName", "defaultAsset", "metadata"]));
    }

    [Test]
    public async Task Get_RecordedAccount_ReturnsSameAsCreate()
    {
        var (_, created) = await PostAsync(("accountName", "\"Main\""), ("metadata", """{"a":"b"}"""));
        Assert.That(await ReadAsync(created), Is.EqualTo(created.ToJsonString()));
    }

    [Test]
    public async Task Get_IfNoneMatchWithETag_Returns304()
    {
        var (_, created) = await PostAsync();
        using var first = await _service.Client.GetAsync(Address(created));
        Assert.Multiple(async () =>
        {
            Assert.That(await _service.StatusAsync(Address(created), first.Headers.ETag!.ToString()), Is.EqualTo(HttpStatusCode.NotModified));
            Assert.That(await _service.StatusAsync(Address(created), "\"other\""), Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [TestCase("x", 400, "INVALID_ID")]
    [TestCase("e30", 400, "INVALID_ID")]
    [TestCase(
        "eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJhY2NfMSJ9",
        404,
        "NOT_FOUND")]
    public async Task Get_InvalidOrUnknownId_ReturnsReason(string id, int status, string errorCode)
    {
        using var response = await _service.Client.GetAsync($"api/payments/accounts/{id}");
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.That(((int)response.StatusCode, (string?)problem!["errorCode"]), Is.EqualTo((status, errorCode)));
    }

    [TestCase("payments:read", 403, 404)]
    [TestCase("payments:write", 400, 403)]
    public async Task Request_TokenWithoutScope_Returns403(string scope, int create, int get)
    {
        const string unknown =
            "eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJhY2NfMSJ9";
        var token = await _service.TokenAsync(scope);
        Assert.Multiple(async () =>
        {
            Assert.That(await StatusAsync(HttpMethod.Post, "", "{}"), Is.EqualTo(create));
            Assert.That(await StatusAsync(HttpMethod.Get, $"/{unknown}", null), Is.EqualTo(get));
        });

        async Task<int> StatusAsync(HttpMethod method, string path, string? body)
        {
            using var request = new HttpRequestMessage(method, $"api/payments/accounts{path}");
            request.Headers.Authorization = new("Bearer", token);
            request.Content = body is null ? null : new StringContent(body, null, "application/json");
            using var response = await _service.Client.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    private static (string Name, string? Json) Reference() => ("reference", JsonSerializer.Serialize(Guid.NewGuid()));

    private string Account(params (string Name, string? Json)[] changes) => Request.Account(_connector, [Reference(), .. changes]);

    private Task<(int Status, JsonObject Body)> PostAsync(params (string Name, string? Json)[] changes) => _service.PostAsync("accounts", Account(changes));

    private static string Address(JsonObject account) => $"api/payments/accounts/{account["data"]!["id"]}";

    private async Task<string> ReadAsync(JsonObject account) =>
        (await _service.Client.GetFromJsonAsync<JsonObject>(Address(account)))!.ToJsonString();

    private static IEnumerable<string> Fields(JsonObject problem) => problem["errors"]?.AsObject().Select(field => field.Key) ?? [];
}
