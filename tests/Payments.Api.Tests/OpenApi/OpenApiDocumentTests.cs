using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Payments.Api.Tests.OpenApi;

public sealed class OpenApiDocumentTests
{
    private const string Renew = "PAYMENTS_RENEW_OPENAPI";

    private static readonly string Committed = Path.Combine(RepositoryFolder.Path, "openapi", "payments.v1.json");

    [Test]
    public async Task Document_OfTheCode_IsTheCommittedOne()
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
            $"The code and openapi/payments.v1.json differ. If the change is meant, renew it: dotnet test tests/Payments.Api.Tests --filter OpenApiDocumentTests -e {Renew}=true");
    }

    [Test]
    public async Task Document_IsValidOpenApi()
    {
        var result = OpenApiDocument.Parse(await File.ReadAllTextAsync(Committed), "json");
        var faults = result.Diagnostic!.Errors.Concat(result.Diagnostic.Warnings).Concat(result.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
        Assert.That(faults.Select(fault => $"{fault.Pointer}: {fault.Message}"), Is.Empty);
    }

    [Test]
    public void Document_DescribesAmountsAndWireNamesAndEveryStatusCode()
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
