using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Accounts;

internal sealed class AccountsTests : ServiceFixture
{
    [Test]
    public async Task Create_AllMembers_ReturnsContractJson()
    {
        var request =
            $$$"""{"reference":"acc_1","connectorID":"{{{Connector}}}","createdAt":"2024-05-01T14:00:00.500+02:00","type":"EXTERNAL","accountName":"Main ü","defaultAsset":"USD/2","metadata":{"z":"1","a":"2"}}""";

        using var response = await Service.SendAsync("accounts", $" {request}\n");

        var text = await response.Content.ReadAsStringAsync();
        var id = (string)JsonNode.Parse(text)!["data"]!["id"]!;
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(200));
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.False);
            Assert.That(text, Is.EqualTo(
                $$$$"""
                {"data":{"id":"{{{{id}}}}","reference":"acc_1","createdAt":"2024-05-01T12:00:00.5Z","connectorID":"{{{{Connector}}}}","provider":"STRIPE",
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
        var (status, payment) = await Service.PostAsync("payments", Request.Payment(Connector, ("destinationAccountID", id)));
        Assert.That((status, payment["data"]?["destinationAccountID"]?.ToJsonString()), Is.EqualTo((200, id)));
    }

    private Task<(int Status, JsonObject Body)> PostAsync(params (string Name, string? Json)[] changes) =>
        Service.PostAsync("accounts", Request.Account(Connector, changes));
}
