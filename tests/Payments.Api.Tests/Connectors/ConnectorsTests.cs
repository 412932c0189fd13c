using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Connectors;

internal sealed class ConnectorsTests : ServiceFixture
{
    [TestCase("stripe", "STRIPE")]
    [TestCase("DUMMY-PAY", "DUMMY-PAY")]
    [TestCase("BankingCircle", "BANKING-CIRCLE")]
    [TestCase("acme", "ACME")]
    public async Task Install_AnyFormOfProvider_ListsContractName(string provider, string contractName)
    {
        var (status, body) = await Service.PostAsync($"connectors/{provider}", $$"""{"name":"of {{provider}}"}""");

        var listed = await Service.Client.GetFromJsonAsync<JsonObject>("api/payments/connectors");
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
        var (status, _) = await Service.PostAsync(
            "connectors/stripe", """{"apiKey":"sk_live_marked","name":"with settings","pollingPeriod":"2m","nested":{"secret":["sk_live_marked"]}}""");
        Assert.That(status, Is.EqualTo(201));
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Service.DatabaseFile)!, "payments.db*"))
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
        var (otherProvider, _) = await InstallAsync("wise", "moved");
        Assert.Multiple(() =>
        {
            Assert.That(first, Is.EqualTo((201, Elsewhere)));
            Assert.That(second, Is.EqualTo(first));
            Assert.That((renamed, otherProvider), Is.EqualTo((409, 400)));
        });

        async Task<(int Status, string? Id)> InstallAsync(string provider, string name)
        {
            var (status, body) = await Service.PostAsync($"connectors/{provider}", $$"""{"name":"{{name}}","connectorID":"{{Elsewhere}}"}""");
            return (status, (string?)body["data"]?["connectorID"]);
        }
    }

    [Test]
    public async Task Install_NameInUse_Returns409()
    {
        await Service.PostAsync("connectors/stripe", """{"name":"Taken"}""");
        var (status, problem) = await Service.PostAsync("connectors/STRIPE", """{"name":"tAKEN"}""");
        var (other, _) = await Service.PostAsync("connectors/adyen", """{"name":"Taken"}""");
        Assert.Multiple(() =>
        {
            Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
            Assert.That(problem.Fields(), Is.EqualTo((string[])["name"]));
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
        var (status, problem) = await Service.PostAsync($"connectors/{provider}", body);
        Assert.That((status, (string?)problem["errorCode"], string.Join(',', problem.Fields())), Is.EqualTo((400, errorCode, fields)), problem.ToJsonString());
    }

    [TestCase("dummypay", "dummypay")]
    [TestCase("dummypay", "DUMMY-PAY")]
    [TestCase("DUMMY-PAY", "DummyPay")]
    public async Task Uninstall_UnusedConnector_Returns204Then404(string installed, string provider)
    {
        var connector = await Service.InstallAsync(installed);
        using var first = await UninstallAsync(provider, connector);
        using var second = await UninstallAsync(provider, connector);
        var listed = await Service.Client.GetStringAsync("api/payments/connectors");
        var (status, problem) = await Service.PostAsync("payments", Request.Payment(connector));
        Assert.Multiple(async () =>
        {
            Assert.That((int)first.StatusCode, Is.EqualTo(204));
            Assert.That(await first.Content.ReadAsStringAsync(), Is.Empty);
            Assert.That(await second.ErrorAsync(), Is.EqualTo((404, "NOT_FOUND")));
            Assert.That(listed, Does.Not.Contain(connector));
            Assert.That((status, (string?)problem["errorMessage"]), Is.EqualTo((400, "connectorID must be the id of an installed connector; no installed connector has this id. To install it, send a name and this connectorID to POST /api/payments/connectors/{provider}.")));
        });
    }

    [Test]
    public async Task Uninstall_ConnectorWithPayment_Returns409()
    {
        await Service.PostAsync("payments", Request.Payment(Connector));
        await AssertInUseAsync();
    }

    [Test]
    public async Task Uninstall_ConnectorWithAccount_Returns409()
    {
        await Service.PostAsync("accounts", Request.Account(Connector));
        await AssertInUseAsync();
    }

    [TestCase("adyen")]
    [TestCase("no-such")]
    public async Task Uninstall_OtherProvider_Returns404(string provider)
    {
        using var response = await UninstallAsync(provider, Connector);
        Assert.That(await response.ErrorAsync(), Is.EqualTo((404, "NOT_FOUND")));
        Assert.That(await Service.Client.GetStringAsync("api/payments/connectors"), Does.Contain(Connector));
    }

    [TestCase("x", 400, "INVALID_ID")]
    [TestCase("e30", 400, "INVALID_ID")]
    [TestCase("eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9", 404, "NOT_FOUND")]
    public async Task Uninstall_InvalidOrUnknownId_ReturnsReason(string id, int status, string errorCode)
    {
        using var response = await UninstallAsync("stripe", id);
        Assert.That(await response.ErrorAsync(), Is.EqualTo((status, errorCode)));
    }

    [Test]
    public async Task Uninstall_ReadOnlyToken_Returns403()
    {
        using var response = await Service.Client.SendWithTokenAsync(
            await Service.TokenAsync("payments:read"), HttpMethod.Delete, $"api/payments/connectors/stripe/{Connector}");
        Assert.That(await response.ErrorAsync(), Is.EqualTo((403, "FORBIDDEN")));
    }

    [Test]
    public async Task Uninstall_ConcurrentCreates_SucceedsOrAllCreatesDo([Range(1, 10)] int round)
    {
        var creations = Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? Service.PostAsync("payments", Request.Payment(Connector, ("reference", $"\"{round}-{i}\"")))
            : Service.PostAsync("accounts", Request.Account(Connector, ("reference", $"\"{round}-{i}\"")))).ToArray();

        using var uninstalled = await UninstallAsync("stripe", Connector);

        var responses = await Task.WhenAll(creations);
        if (uninstalled.IsSuccessStatusCode)
        {
            Assert.That(responses.Select(response => (string?)response.Body["errorMessage"]), Is.All.EqualTo("connectorID must be the id of an installed connector; no installed connector has this id."));
        }
        else
        {
            Assert.That(await uninstalled.ErrorAsync(), Is.EqualTo((409, "CONFLICT")));
            Assert.That(responses.Select(response => response.Status), Is.All.EqualTo(200));
        }
    }

    [Test]
    public async Task Create_ConnectorJustInstalled_Returns200()
    {
        var connector = await Service.InstallAsync("dummypay");
        var (status, body) = await Service.PostAsync("payments", Request.Payment(connector));
        Assert.That((status, (string?)body["data"]?["provider"]), Is.EqualTo((200, "DUMMY-PAY")), JsonSerializer.Serialize(body));
    }

    private async Task AssertInUseAsync()
    {
        using var response = await UninstallAsync("stripe", Connector);
        Assert.That(await response.ErrorAsync(), Is.EqualTo((409, "CONFLICT")));
        Assert.That(await Service.Client.GetStringAsync("api/payments/connectors"), Does.Contain(Connector));
    }

    private Task<HttpResponseMessage> UninstallAsync(string provider, string connector) =>
        Service.Client.DeleteAsync($"api/payments/connectors/{provider}/{connector}");
}
