using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Tests;

public sealed class ServiceTests
{
    private PaymentsService _service = null!;

    [OneTimeSetUp]
    public void Start() => _service = new PaymentsService();

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [TestCase("health/live")]
    [TestCase("health/ready")]
    [TestCase("api/payments/_info")]
    [TestCase("openapi/v1.json")]
    [TestCase("swagger/index.html")]
    public async Task Url_NoTokenRequired_Returns200(string address)
    {
        using var response = await _service.Client.GetAsync(address);
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
    }

    [TestCase("api/payments/payments", 200)]
    [TestCase("api/payments/payments/export", 200)]
    [TestCase("api/payments/payments/{id}", 200)]
    [TestCase("api/payments/accounts", 200)]
    [TestCase("api/payments/connectors", 200)]
    [TestCase("api/payments/_info", 200)]
    [TestCase("api/payments/_healthcheck", 200)]
    [TestCase("health/live", 200)]
    [TestCase("health/ready", 200)]
    [TestCase("openapi/v1.json", 200)]
    [TestCase("swagger/index.html", 200)]
    [TestCase("api/payments/payments/x", 400)]
    [TestCase("nothing/here", 404)]
    public async Task Head_AnyUrlOfGet_ReturnsHeadersOfGetWithoutBody(string url, int status)
    {
        var token = await _service.TokenAsync();
        using var created = await _service.Client.SendWithTokenAsync(token, HttpMethod.Post, "api/payments/payments", Request.Payment(Sample.ConnectorId));
        var address = url.Replace("{id}", Sample.PaymentId, StringComparison.Ordinal);
        using var get = await _service.Client.SendWithTokenAsync(token, HttpMethod.Get, address);
        using var head = await _service.Client.SendWithTokenAsync(token, HttpMethod.Head, address);
        Assert.Multiple(async () =>
        {
            Assert.That(((int)get.StatusCode, (int)head.StatusCode), Is.EqualTo((status, status)));
            Assert.That(Headers(head), Is.EqualTo(Headers(get)));
            Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty);
            Assert.That(await get.Content.ReadAsByteArrayAsync(), Has.Length.Positive.Or.EqualTo(url.EndsWith("export", StringComparison.Ordinal) ? 0 : 1));
        });

        // The length of a body that is not sent is optional (RFC 9110, section 8.6).
        static IEnumerable<string> Headers(HttpResponseMessage response) => response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Transfer-Encoding" or "Content-Length"))
            .Select(header => $"{header.Key}: {string.Join(',', header.Value)}").Order(StringComparer.Ordinal);
    }

    [Test]
    public async Task Head_Export_ReadsFirstPageOnly()
    {
        var pages = 0;
        var payments = new Mock<IPaymentReader>();
        payments.Setup(reader => reader.ListAsync(
                It.IsAny<PaymentFilter>(), It.IsAny<PageRequest>(), It.IsAny<Func<StoredPayment, System.Range>>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((PaymentFilter _, PageRequest page, Func<StoredPayment, System.Range> _, CancellationToken _) => new Page<System.Range>([], ++pages < 3 ? page : null, null));
        using var service = new PaymentsService(services => services.AddSingleton(payments.Object));
        using var response = await service.Client.SendWithTokenAsync(await service.TokenAsync(), HttpMethod.Head, "api/payments/payments/export");
        Assert.That(((int)response.StatusCode, response.Content.Headers.ContentDisposition?.FileName, pages), Is.EqualTo((200, "payments.ndjson", 1)));
    }

    [TestCase("POST", "api/payments/_info", "GET, HEAD")]
    [TestCase("HEAD", "api/payments/connectors/stripe", "POST")]
    [TestCase("GET", "api/payments/payments/import", "POST")]
    [TestCase("DELETE", "api/payments/payments/Import", "POST")]
    public async Task Allow_MethodNotAllowed_ListsMethodsOfUrl(string method, string url, string allow)
    {
        using var response = await _service.Client.SendWithTokenAsync(await _service.TokenAsync(), new HttpMethod(method), url);
        Assert.That(((int)response.StatusCode, string.Join(", ", response.Content.Headers.Allow.Order())), Is.EqualTo((405, allow)));
    }

    [Test]
    public async Task Info_Always_ReturnsVersionOfBuild()
    {
        var info = await _service.Client.GetFromJsonAsync<JsonObject>("api/payments/_info");
        Assert.That((string?)info!["version"], Is.EqualTo(typeof(Program).Assembly.GetName().Version!.ToString(3)));
    }

    [TestCase("GET", "nothing/here", 404, "NOT_FOUND")]
    [TestCase("GET", "api/payments/payments/x/y", 404, "NOT_FOUND")]
    [TestCase("PUT", "api/payments/payments", 405, "METHOD_NOT_ALLOWED")]
    public async Task Url_UnknownOrWrongMethod_ReturnsProblem(string method, string address, int status, string errorCode)
    {
        using var response = await _service.Client.SendWithTokenAsync(await _service.TokenAsync(), new HttpMethod(method), address);
        var problem = await response.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((status, errorCode)));
            Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/problem+json"));
            Assert.That(problem.Select(member => member.Key), Is.EqualTo((string[])["title", "status", "detail", "errorCode", "errorMessage", "traceId"]));
        });
    }

    [TestCase("GET", "payments/%20", 400, "INVALID_ID")]
    [TestCase("PATCH", "payments/%09/metadata", 400, "INVALID_ID")]
    [TestCase("POST", "payments/%0A/adjustments", 400, "INVALID_ID")]
    [TestCase("GET", "accounts/%C2%A0", 400, "INVALID_ID")]
    [TestCase("POST", "connectors/%20", 400, "VALIDATION")]
    [TestCase("DELETE", "connectors/stripe/%20", 400, "INVALID_ID")]
    [TestCase("DELETE", "connectors/%20/" + Sample.ConnectorId, 404, "NOT_FOUND")]
    public async Task PathPart_OnlyWhiteSpace_ReturnsErrorOfInvalidValue(string method, string address, int status, string errorCode)
    {
        using var response = await _service.Client.SendWithTokenAsync(
            await _service.TokenAsync(), new HttpMethod(method), $"api/payments/{address}", method is "POST" or "PATCH" ? "{}" : null);
        Assert.That(await response.ErrorAsync(), Is.EqualTo((status, errorCode)));
    }

    [Test]
    public async Task SwaggerPage_Always_LoadsNothingFromOtherHosts()
    {
        var page = await _service.Client.GetStringAsync("swagger/index.html");
        Assert.That(page, Does.Not.Match("(src|href)=\"(https?:)?//"));
    }

    [Test]
    public async Task SwaggerPage_OpenedDirectly_ShowsTheDocument() =>
        Assert.That(await _service.Client.GetStringAsync("swagger/index.html"), Does.Contain("/openapi/v1.json"));

    [Test]
    public async Task Create_DatabaseLocked_Returns503ThenRecovers()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "payments.db");
        using var service = await new PaymentsService(("Database:ConnectionString", $"Data Source={file};Default Timeout=1")).AuthorizedAsync();
        var connector = await service.InstallAsync();
        var request = Request.Payment(connector);
        using (var other = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            other.Open();
            using var transaction = other.BeginTransaction();

            using var unavailable = await service.SendAsync("payments", request);
            Assert.That(await unavailable.ErrorAsync(), Is.EqualTo((503, "UNAVAILABLE")));
            Assert.That(unavailable.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        }

        using var response = await service.SendAsync("payments", request);
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.False);
    }
}
