using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Connectors;

public sealed class ConnectorsTests
{
    private PaymentsService _service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _service = await new PaymentsService().AuthorizedAsync();

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [TestCase("stripe", "STRIPE")]
    [TestCase("DUMMY-PAY", "DUMMY-PAY")]
    [TestCase("BankingCircle", "BANKING-CIRCLE")]
    [TestCase("acme", "ACME")]
    public async Task Install_AnyFormOfProvider_ListsContractName(string provider, string contractName)
    {
        var (status, body) = await _service.PostAsync($"connectors/{provider}", $$"""{"name":"of {{provider}}"}""");

        var listed = await _service.Client.GetFromJsonAsync<JsonObject>("api/payments/connectors");
        var connector = listed!["data"]!.AsArray().Single(found => (string?)found!["name"] == $"of {provider}")!;
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(201));
            Assert.That(connector.ToJsonString(), Is.EqualTo(
                $$"""{"connectorID":{{body["data"]!["connectorID"]!.ToJsonString()}},"provider":"{{contractName}}","name":"of {{provider}}","enabled":true}"""));
        });
    }

    [Test]
    public async Task Install_ProviderSettings_AreNotStored()
    {
        var (status, _) = await _service.PostAsync(
            "connectors/stripe", """{"apiKey":"sk_live_marked","name":"with settings","pollingPeriod":"2m","nested":{"secret":["sk_live_marked"]}}""");
        Assert.That(status, Is.EqualTo(201));
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_service.DatabaseFile)!, "payments.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.That(await reader.ReadToEndAsync(), Does.Not.Contain("sk_live_marked"), file);
        }
    }

    [Test]
    public async Task Install_ConnectorIdGiven_ReturnsSameConnectorEachTime()
    {
        const string Elsewhere = "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSJ9";
        var first = await InstallAsync("stripe", "moved");
        var second = await InstallAsync("STRIPE", "moved");
        var (renamed, _) = await InstallAsync("stripe", "renamed");
        var (foreign, _) = await InstallAsync("wise", "moved");
        Assert.Multiple(() =>
        {
            Assert.That(first, Is.EqualTo((201, Elsewhere)));
            Assert.That(second, Is.EqualTo(first));
            Assert.That((renamed, foreign), Is.EqualTo((409, 400)));
        });

        async Task<(int Status, string? Id)> InstallAsync(string provider, string name)
        {
            var (status, body) = await _service.PostAsync($"connectors/{provider}", $$"""{"name":"{{name}}","connectorID":"{{Elsewhere}}"}""");
            return (status, (string?)body["data"]?["connectorID"]);
        }
    }

    [Test]
    public async Task Install_NameInUse_Returns409()
    {
        await _service.PostAsync("connectors/stripe", """{"name":"Taken"}""");
        var (status, problem) = await _service.PostAsync("connectors/STRIPE", """{"name":"tAKEN"}""");
        var (other, _) = await _service.PostAsync("connectors/adyen", """{"name":"Taken"}""");
        Assert.Multiple(() =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
            Assert.That(problem["errors"]!.AsObject().Select(field => field.Key), Is.EqualTo((string[])["name"]));
            Assert.That(other, Is.EqualTo(201));
        });
    }

    [TestCase("no-such", "{\"name\":\"a\"}", "VALIDATION", "provider")]
    [TestCase("a%20b", "{\"name\":\"a\"}", "VALIDATION", "provider")]
    [TestCase("stripe", "{}", "VALIDATION", "name")]
    [TestCase("stripe", "{\"name\":null}", "VALIDATION", "name")]
    [TestCase("stripe", "{\"name\":\" \"}", "VALIDATION", "name")]
    [TestCase("no-such", "{}", "VALIDATION", "provider,name")]
    [TestCase("stripe", "{\"name\":1,\"apiKey\":\"x\"}", "MISSING_OR_INVALID_BODY", "name")]
    [TestCase("stripe", "{\"name\":1}", "MISSING_OR_INVALID_BODY", "name")]
    [TestCase("stripe", "", "MISSING_OR_INVALID_BODY", "")]
    public async Task Install_InvalidRequest_Returns400NamingField(string provider, string body, string errorCode, string fields)
    {
        var (status, problem) = await _service.PostAsync($"connectors/{provider}", body);
        var named = problem["errors"]?.AsObject().Select(field => field.Key) ?? [];
        Assert.That((status, (string?)problem["errorCode"], string.Join(',', named)), Is.EqualTo((400, errorCode, fields)), problem.ToJsonString());
    }

    [TestCase("dummypay", "dummypay")]
    [TestCase("dummypay", "DUMMY-PAY")]
    [TestCase("DUMMY-PAY", "DummyPay")]
    public async Task Uninstall_UnusedConnector_Returns204Then404(string installed, string provider)
    {
        var connector = await _service.InstallAsync(installed);
        using var first = await UninstallAsync(provider, connector);
        using var second = await UninstallAsync(provider, connector);
        var listed = await _service.Client.GetStringAsync("api/payments/connectors");
        var (status, problem) = await _service.PostAsync("payments", Request.Payment(connector));
        Assert.Multiple(async () =>
        {
            Assert.That((int)first.StatusCode, Is.EqualTo(204));
            Assert.That(await first.Content.ReadAsStringAsync(), Is.Empty);
            Assert.That(await ErrorAsync(second), Is.EqualTo((404, "NOT_FOUND")));
            Assert.That(listed, Does.Not.Contain(connector));
            Assert.That((status, (string?)problem["errorMessage"]), Is.EqualTo((400, "connectorID must be the id of an installed connector; no installed connector has this id.")));
        });
    }

    [Test]
    public async Task Uninstall_ConnectorWithPayment_Returns409()
    {
        var connector = await _service.InstallAsync();
        await _service.PostAsync("payments", Request.Payment(connector));
        await AssertInUseAsync(connector);
    }

    [Test]
    public async Task Uninstall_ConnectorWithAccount_Returns409()
    {
        var connector = await _service.InstallAsync();
        await _service.PostAsync("accounts", Request.Account(connector));
        await AssertInUseAsync(connector);
    }

    [TestCase("adyen")]
    [TestCase("no-such")]
    public async Task Uninstall_OtherProvider_Returns404(string provider)
    {
        var connector = await _service.InstallAsync();
        using var response = await UninstallAsync(provider, connector);
        Assert.That(await ErrorAsync(response), Is.EqualTo((404, "NOT_FOUND")));
        Assert.That(await _service.Client.GetStringAsync("api/payments/connectors"), Does.Contain(connector));
    }

    [TestCase("x", 400, "INVALID_ID")]
    [TestCase("e30", 400, "INVALID_ID")]
    [TestCase("eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9", 404, "NOT_FOUND")]
    public async Task Uninstall_InvalidOrUnknownId_ReturnsReason(string id, int status, string errorCode)
    {
        using var response = await UninstallAsync("stripe", id);
        Assert.That(await ErrorAsync(response), Is.EqualTo((status, errorCode)));
    }

    [Test]
    public async Task Uninstall_ReadOnlyToken_Returns403()
    {
        var connector = await _service.InstallAsync();
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"api/payments/connectors/stripe/{connector}");
        request.Headers.Authorization = new("Bearer", await _service.TokenAsync("payments:read"));
        using var response = await _service.Client.SendAsync(request);
        Assert.That(await ErrorAsync(response), Is.EqualTo((403, "FORBIDDEN")));
    }

    [Test]
    public async Task Uninstall_ConcurrentCreates_SucceedsOrAllCreatesDo([Range(1, 10)] int round)
    {
        var connector = await _service.InstallAsync();
        var creations = Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? _service.PostAsync("payments", Request.Payment(connector, ("reference", $"\"{round}-{i}\"")))
            : _service.PostAsync("accounts", Request.Account(connector, ("reference", $"\"{round}-{i}\"")))).ToArray();

        using var uninstalled = await UninstallAsync("stripe", connector);

        var responses = await Task.WhenAll(creations);
        if (uninstalled.IsSuccessStatusCode)
        {
            Assert.That(responses.Select(response => (string?)response.Body["errorMessage"]), Is.All.EqualTo("connectorID must be the id of an installed connector; no installed connector has this id."));
        }
        else
        {
            Assert.That(await ErrorAsync(uninstalled), Is.EqualTo((409, "CONFLICT")));
            Assert.That(responses.Select(response => response.Status), Is.All.EqualTo(200));
        }
    }

    [Test]
    public async Task Create_ConnectorJustInstalled_Returns200()
    {
        var connector = await _service.InstallAsync("dummypay");
        var (status, body) = await _service.PostAsync("payments", Request.Payment(connector));
        Assert.That((status, (string?)body["data"]?["provider"]), Is.EqualTo((200, "DUMMY-PAY")), JsonSerializer.Serialize(body));
    }

    private async Task AssertInUseAsync(string connector)
    {
        using var response = await UninstallAsync("stripe", connector);
        Assert.That(await ErrorAsync(response), Is.EqualTo((409, "CONFLICT")));
        Assert.That(await _service.Client.GetStringAsync("api/payments/connectors"), Does.Contain(connector));
    }

    private Task<HttpResponseMessage> UninstallAsync(string provider, string connector) =>
        _service.Client.DeleteAsync($"api/payments/connectors/{provider}/{connector}");

    private static async Task<(int Status, string? ErrorCode)> ErrorAsync(HttpResponseMessage response) =>
        ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["errorCode"]);
}
