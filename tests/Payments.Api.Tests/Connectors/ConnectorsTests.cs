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
    public async Task Install_OfEitherFormOfAProvider_ListsTheContractsName(string provider, string contractName)
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
    public async Task Install_WithAProvidersSettings_KeepsNoneOfThem()
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
    public async Task Install_OfANameThatIsTaken_Conflicts()
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
    public async Task Install_OfSomethingWrong_NamesIt(string provider, string body, string errorCode, string fields)
    {
        var (status, problem) = await _service.PostAsync($"connectors/{provider}", body);
        var named = problem["errors"]?.AsObject().Select(field => field.Key) ?? [];
        Assert.That((status, (string?)problem["errorCode"], string.Join(',', named)), Is.EqualTo((400, errorCode, fields)), problem.ToJsonString());
    }

    [Test]
    public async Task Install_IsThere_ForThePaymentsThatFollow()
    {
        var connector = await _service.InstallAsync("dummypay");
        var (status, body) = await _service.PostAsync("payments", Request.Payment(connector));
        Assert.That((status, (string?)body["data"]?["provider"]), Is.EqualTo((200, "DUMMY-PAY")), JsonSerializer.Serialize(body));
    }
}
