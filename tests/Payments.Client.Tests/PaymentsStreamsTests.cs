using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

[TestFixture]
public sealed class PaymentsStreamsTests
{
    private StubService _service = null!;
    private ServiceProvider _provider = null!;
    private IPaymentsClient _client = null!;

    [SetUp]
    public void Connect()
    {
        _service = new StubService();
        _provider = _service.Connect(new SkippingTimeProvider());
        _client = _provider.GetRequiredService<IPaymentsClient>();
    }

    [TearDown]
    public void Disconnect()
    {
        _provider.Dispose();
        _service.Dispose();
    }

    [Test]
    public async Task ImportPaymentsAsync_Lines_SendsThemUnchangedAndReadsResults()
    {
        _service.Respond = _ => StubService.Json(
            HttpStatusCode.OK,
            """
            {"line":1,"outcome":"stored","id":"a"}
            {"line":2,"outcome":"invalid","errorCode":"VALIDATION","errorMessage":"amount is required","errors":{"amount":["is required"]}}

            """,
            "application/x-ndjson");
        using var lines = new MemoryStream("{\"reference\":\"ü\"}\n{}\n"u8.ToArray());

        var responses = await _client.ImportPaymentsAsync(lines).ToListAsync();

        Assert.That(responses.Select(response => (response.Line, response.Outcome, response.Id, response.ErrorCode)), Is.EqualTo(
            ((long, ImportOutcome, string?, string?)[])[(1, ImportOutcome.Stored, "a", null), (2, ImportOutcome.Invalid, null, "VALIDATION")]));
        Assert.That(responses[1].Errors!["amount"], Is.EqualTo(["is required"]));
        Assert.That(_service.Requests.Single().Body, Is.EqualTo("{\"reference\":\"ü\"}\n{}\n"));
        Assert.That(_service.Requests.Single().Address.AbsolutePath, Is.EqualTo("/api/payments/payments/import"));
        Assert.That(lines.CanRead, Is.True, "it is the caller's to close");
    }

    [Test]
    public async Task ImportReportAsync_Report_NamesFormatAndConnector()
    {
        _service.Respond = _ => StubService.Json(HttpStatusCode.OK, """{"line":2,"outcome":"skipped","kind":"stripe_fee"}""" + "\n", "application/x-ndjson");
        using var report = new MemoryStream("created_utc\n"u8.ToArray());

        var results = await _client.ImportReportAsync(report, "stripe-balance", "a&b=").ToListAsync();

        Assert.That(results.Select(result => (result.Line, result.Outcome, result.Kind)), Is.EqualTo(((long, ImportOutcome, string?)[])[(2, ImportOutcome.Skipped, "stripe_fee")]));
        Assert.That(_service.Requests.Single().Address.PathAndQuery, Is.EqualTo("/api/payments/payments/import?format=stripe-balance&connectorID=a%26b%3D"));
        Assert.That(_service.Requests.Single().Body, Is.EqualTo("created_utc\n"));
    }

    [TestCase(HttpStatusCode.ServiceUnavailable)]
    [TestCase(HttpStatusCode.Unauthorized)]
    public async Task ImportPaymentsAsync_Rejected_ThrowsProblemWithoutRetry(HttpStatusCode status)
    {
        _service.Respond = _ => StubService.Json(
            status,
            """{"title":"t","status":503,"detail":"d","errorCode":"UNAVAILABLE","errorMessage":"later","traceId":"00-1"}""",
            "application/problem+json");
        using var lines = new MemoryStream("{}"u8.ToArray());

        var exception = await Assert.ThrowsAsync<PaymentsApiException<Problem>>(async () => await _client.ImportPaymentsAsync(lines).ToListAsync());

        Assert.That((exception!.StatusCode, exception.Result.ErrorMessage), Is.EqualTo(((int)status, "later")));
        Assert.That(_service.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ImportPaymentsAsync_AfterRejectedToken_FetchesNewToken()
    {
        _service.Respond = number => number == 1
            ? StubService.Json(HttpStatusCode.Unauthorized, """{"title":"t","status":401,"detail":"d","errorCode":"UNAUTHORIZED","errorMessage":"m","traceId":"00-1"}""")
            : StubService.Json(HttpStatusCode.OK, "", "application/x-ndjson");
        using var lines = new MemoryStream();
        await Assert.ThrowsAsync<PaymentsApiException<Problem>>(async () => await _client.ImportPaymentsAsync(lines).ToListAsync());

        await _client.ImportPaymentsAsync(lines).ToListAsync();

        Assert.That(_service.Requests.Select(request => request.Authorization!.Parameter), Is.EqualTo(["token-1", "token-2"]));
    }

    [Test]
    public async Task ExportPaymentsAsync_ResponseIncomplete_CanAlreadyBeRead()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        _service.Respond = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };
        await pipe.Writer.WriteAsync("{}\n"u8.ToArray());

        using var export = await _client.ExportPaymentsAsync(format: "ndjson", after: "x/y", status: [PaymentStatus.RefundedFailure]);
        var line = new byte[3];
        await export.Stream.ReadExactlyAsync(line);

        Assert.That(Encoding.UTF8.GetString(line), Is.EqualTo("{}\n"));
        Assert.That(_service.Requests.Single().Address.Query, Does.Contain("after=x%2Fy").And.Contain("status=REFUNDED_FAILURE"));
    }
}
