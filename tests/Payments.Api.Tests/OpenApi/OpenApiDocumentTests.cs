using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Api.Tests.OpenApi;

public sealed class OpenApiDocumentTests
{
    private const string Renew = "PAYMENTS_RENEW_OPENAPI";

    private static readonly string Committed = Path.Combine(RepositoryFolder.Path, "openapi", "payments.v1.json");

    [Test]
    public async Task Document_Generated_EqualsCommittedFile()
    {
        using var service = new PaymentsService();
        var served = (await service.Client.GetStringAsync("openapi/v1.json")).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable(Renew) == "true")
        {
            await File.WriteAllTextAsync(Committed, served);
        }

        Assert.That(
            await File.ReadAllTextAsync(Committed),
            Is.EqualTo(served),
            $"The code and openapi/payments.v1.json differ. If you changed the contract on purpose, renew the file: dotnet test tests/Payments.Api.Tests --filter OpenApiDocumentTests -e {Renew}=true");
    }

    [Test]
    public async Task Document_Committed_IsValidOpenApi()
    {
        var result = OpenApiDocument.Parse(await File.ReadAllTextAsync(Committed), "json");
        var faults = result.Diagnostic!.Errors.Concat(result.Diagnostic.Warnings).Concat(result.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
        Assert.That(faults.Select(fault => $"{fault.Pointer}: {fault.Message}"), Is.Empty);
    }

    // XML comments cannot contain constants.
    [Test]
    public void Document_LimitsInProse_EqualConstants()
    {
        var document = JsonNode.Parse(File.ReadAllText(Committed))!;
        string Of(string schema, string property) => (string)document["components"]!["schemas"]![schema]!["properties"]![property]!["description"]!;
        var metadata = $"at most {Metadata.MaxEntries} entries, with keys of 1 to {Metadata.MaxKeyLength} characters and values of at most {Metadata.MaxValueLength} characters";
        var skew = Does.Contain($"{ProviderClock.MaxSkew.TotalMinutes} minutes ahead").IgnoreCase.And.Contain("100 ns");
        Assert.Multiple(() =>
        {
            Assert.That(Of("PaymentRequest", "reference"), Does.Contain($"1 to {PaymentReference.MaxLength} characters"));
            Assert.That(Of("PaymentAdjustmentRequest", "reference"), Does.Contain($"1 to {PaymentReference.MaxLength} characters"));
            Assert.That(Of("AccountRequest", "reference"), Does.Contain($"1 to {AccountReference.MaxLength} characters"));
            Assert.That(Of("AccountRequest", "accountName"), Does.Contain($"at most {AccountName.MaxLength} characters"));
            Assert.That(Of("ConnectorRequest", "name"), Does.Contain($"1 to {ConnectorName.MaxLength} characters"));
            Assert.That(Of("PaymentRequest", "metadata"), Does.Contain(metadata));
            Assert.That(Of("AccountRequest", "metadata"), Does.Contain(metadata));
            Assert.That(Of("PaymentRequest", "createdAt").ReplaceLineEndings(" "), skew);
            Assert.That(Of("PaymentAdjustmentRequest", "createdAt").ReplaceLineEndings(" "), skew);
            Assert.That(Of("AccountRequest", "createdAt").ReplaceLineEndings(" "), skew);
            Assert.That(
                (string?)document["paths"]!["/api/payments/payments/{paymentID}/adjustments"]!["post"]!["responses"]!["409"]!["description"],
                Does.Contain($"{Payment.MaxAdjustments} adjustments"));
            Assert.That(
                (string?)document["paths"]!["/api/payments/connectors/{provider}"]!["post"]!["parameters"]![0]!["description"],
                Does.Contain($"1 to {Provider.MaxLength} letters and digits"));
        });
    }

    [Test]
    public void Document_CreatePayment_DescribesAmountsNamesAndStatusCodes()
    {
        var document = JsonNode.Parse(File.ReadAllText(Committed))!;
        var schemas = document["components"]!["schemas"]!;
        var responses = document["paths"]!["/api/payments/payments"]!["post"]!["responses"]!.AsObject();
        Assert.Multiple(() =>
        {
            Assert.That((string?)schemas["MinorUnits"]!["type"], Is.EqualTo("integer"));
            Assert.That((string?)schemas["MinorUnits"]!["format"], Is.EqualTo("bigint"));
            Assert.That((double?)schemas["MinorUnits"]!["minimum"], Is.Zero);
            Assert.That(schemas["PaymentScheme"]!["enum"]!.AsArray().Select(name => (string?)name), Does.Contain("sepa debit").And.Contain("rtp"));
            Assert.That((string?)schemas["PaymentRequest"]!["properties"]!["scheme"]!["oneOf"]![0]!["$ref"], Is.EqualTo("#/components/schemas/PaymentScheme"));
            Assert.That(
                responses.Select(response => response.Key),
                Is.EqualTo((string[])["200", "400", "401", "403", "406", "409", "413", "415", "429", "500", "503"]));
            Assert.That(responses.Select(response => (string?)response.Value!["description"]), Has.None.Null.Or.Empty);
        });
    }
}
