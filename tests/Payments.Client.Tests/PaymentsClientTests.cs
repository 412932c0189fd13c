using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Payments.ClientGenerator;

namespace Payments.Client.Tests;

[TestFixture]
public sealed class PaymentsClientTests
{
    private const string MaxDigits = "99999999999999999999999999999999999999";

    private readonly StubService _service = new();
    private readonly ServiceProvider _provider;
    private readonly IPaymentsClient _client;

    public PaymentsClientTests()
    {
        _provider = _service.Connect();
        _client = _provider.GetRequiredService<IPaymentsClient>();
    }

    [OneTimeTearDown]
    public void Disconnect()
    {
        _provider.Dispose();
        _service.Dispose();
    }

    [TestCaseSource(nameof(WireNames), new object[] { nameof(PaymentType) })]
    public async Task CreatePaymentAsync_EachType_SendsAndReadsWireName(string name)
    {
        var payment = await ReadAsync(Example.Response(type: name));
        var sent = await SendAsync(Example.Request(request => request.Type = payment.Type));

        Assert.That(sent["type"]!.GetValue<string>(), Is.EqualTo(name));
    }

    [TestCaseSource(nameof(WireNames), new object[] { nameof(PaymentStatus) })]
    public async Task CreatePaymentAsync_EachStatus_SendsAndReadsWireName(string name)
    {
        var payment = await ReadAsync(Example.Response(status: name));
        var sent = await SendAsync(Example.Request(request => request.Status = payment.Adjustments[0].Status));

        Assert.That(sent["status"]!.GetValue<string>(), Is.EqualTo(name));
    }

    [TestCaseSource(nameof(WireNames), new object[] { nameof(PaymentScheme) })]
    public async Task CreatePaymentAsync_EachScheme_SendsAndReadsWireName(string name)
    {
        var payment = await ReadAsync(Example.Response(scheme: name));
        var sent = await SendAsync(Example.Request(request => request.Scheme = payment.Scheme));

        Assert.That(sent["scheme"]!.GetValue<string>(), Is.EqualTo(name));
    }

    [Test]
    public async Task CreatePaymentAsync_SchemeWithBlank_MapsToEnumMember()
    {
        var payment = await ReadAsync(Example.Response(scheme: "sepa debit"));

        Assert.That(payment.Scheme, Is.EqualTo(PaymentScheme.SepaDebit));
    }

    [TestCase("0")]
    [TestCase("9007199254740993")]
    [TestCase(MaxDigits)]
    public async Task CreatePaymentAsync_LargeAmount_SendsAndReadsEveryDigit(string digits)
    {
        var amount = BigInteger.Parse(digits, CultureInfo.InvariantCulture);

        var sent = await SendAsync(Example.Request(request => request.Amount = amount));
        var payment = await ReadAsync(Example.Response(amount: digits));

        Assert.That(sent["amount"]!.ToJsonString(), Is.EqualTo(digits));
        Assert.That((payment.Amount, payment.InitialAmount, payment.Adjustments[0].Amount), Is.EqualTo((amount, amount, amount)));
    }

    [Test]
    public async Task CreatePaymentAsync_CreatedAt_KeepsSevenFractionDigitsAndOffset()
    {
        var createdAt = new DateTimeOffset(2024, 5, 1, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(1_234_567);

        var sent = await SendAsync(Example.Request(request => request.CreatedAt = createdAt));
        var payment = await ReadAsync(Example.Response(createdAt: "2024-05-01T12:00:00.1234567Z"));

        Assert.That(sent["createdAt"]!.GetValue<string>(), Is.EqualTo("2024-05-01T14:00:00.1234567+02:00"));
        Assert.That(payment.CreatedAt, Is.EqualTo(createdAt));
    }

    [Test]
    public async Task CreatePaymentAsync_NumbersInRaw_KeepEveryDigit()
    {
        const string Raw = """{"fee":1.10,"id":123456789012345678901234567890,"note":null}""";

        var payment = await ReadAsync(Example.Response(raw: Raw));
        await SendAsync(Example.Request(request => request.Raw = payment.Raw));

        Assert.That(((JsonElement)payment.Raw["fee"]).GetRawText(), Is.EqualTo("1.10"));
        Assert.That(((JsonElement)payment.Raw["id"]).GetRawText(), Is.EqualTo("123456789012345678901234567890"));
        Assert.That(_service.Requests[^1].Body, Does.EndWith($"\"raw\":{Raw}}}"));
    }

    [Test]
    public async Task CreatePaymentAsync_OptionalMembersNotSet_DoesNotSendThem()
    {
        var sent = await SendAsync(Example.Request());

        Assert.That(
            sent.Select(member => member.Key),
            Is.EqualTo(["reference", "connectorID", "createdAt", "amount", "type", "status", "scheme", "asset"]));
    }

    [Test]
    public async Task CreatePaymentAsync_NonAsciiText_SendsItUnescaped()
    {
        await SendAsync(Example.Request(request => request.Reference = "Überweisung"));

        Assert.That(_service.Requests[^1].Body, Does.Contain("Überweisung"));
    }

    [Test]
    public async Task CreatePaymentAsync_ErrorResponse_ThrowsProblem()
    {
        _service.Respond = _ => StubService.Json(
            HttpStatusCode.Conflict,
            """
            {"title":"Conflict","status":409,"detail":"amount differs","errorCode":"CONFLICT","errorMessage":"amount differs",
            "errors":{"amount":["differs"]},"traceId":"00-1"}
            """,
            "application/problem+json");

        var exception = await Assert.ThrowsAsync<PaymentsApiException<Problem>>(() => _client.CreatePaymentAsync(Example.Request()));

        Assert.That(exception!.StatusCode, Is.EqualTo(409));
        Assert.That(exception.Result.ErrorCode, Is.EqualTo("CONFLICT"));
        Assert.That(exception.Result.Errors!["amount"], Is.EqualTo(["differs"]));
        Assert.That(exception.Message, Does.Contain("amount differs"));
    }

    [Test]
    public async Task CreatePaymentAsync_ErrorOfGateway_ThrowsItsBody()
    {
        _service.Respond = _ => StubService.Json(HttpStatusCode.Forbidden, "<p>Blocked here.</p>", "text/html");

        var exception = await Assert.ThrowsAsync<PaymentsApiException>(() => _client.CreatePaymentAsync(Example.Request()));

        Assert.That((exception!.StatusCode, exception.Response), Is.EqualTo((403, "<p>Blocked here.</p>")));
    }

    [Test]
    public async Task InstallConnectorAsync_AdditionalMembers_SendsThem()
    {
        _service.Respond = _ => StubService.Json(HttpStatusCode.Created, """{"data":{"connectorID":"connector"}}""");

        var request = new ConnectorRequest { Name = "stripe-eu", AdditionalProperties = { ["apiKey"] = "sk_1" } };
        var response = await _client.InstallConnectorAsync("stripe", request);

        Assert.That(response.Data.ConnectorID, Is.EqualTo("connector"));
        Assert.That(_service.Requests[^1].Address.AbsolutePath, Is.EqualTo("/api/payments/connectors/stripe"));
        Assert.That(_service.Requests[^1].Body, Is.EqualTo("""{"name":"stripe-eu","apiKey":"sk_1"}"""));
    }

    [Test]
    public async Task ListConnectorsAsync_SeveralConnectors_ReadsThemInOrder()
    {
        _service.Respond = _ => StubService.Json(
            HttpStatusCode.OK,
            """
            {"data":[{"connectorID":"a","provider":"STRIPE","name":"one","enabled":true},
            {"connectorID":"b","provider":"WISE","name":"two","enabled":true}]}
            """);

        var response = await _client.ListConnectorsAsync();

        Assert.That(response.Data.Select(connector => (connector.ConnectorID, connector.Name)), Is.EqualTo([("a", "one"), ("b", "two")]));
    }

    private static IEnumerable<string> WireNames(string schema)
    {
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, CSharpClient.DocumentPath)))!;
        return document["components"]!["schemas"]![schema]!["enum"]!.AsArray().Select(name => name!.GetValue<string>());
    }

    private async Task<Payment> ReadAsync(string response)
    {
        _service.Respond = _ => StubService.Json(HttpStatusCode.OK, response);
        return (await _client.CreatePaymentAsync(Example.Request())).Data;
    }

    private async Task<JsonObject> SendAsync(PaymentRequest request)
    {
        _service.Respond = _ => StubService.Json(HttpStatusCode.OK, Example.Response());
        await _client.CreatePaymentAsync(request);
        return JsonNode.Parse(_service.Requests[^1].Body)!.AsObject();
    }
}
