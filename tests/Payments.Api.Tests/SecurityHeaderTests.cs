using System.Net.Http.Headers;

namespace Payments.Api.Tests;

internal sealed class SecurityHeaderTests : ServiceFixture
{
    [TestCase("api/payments/payments", 200, "no-store")]
    [TestCase("api/payments/payments/export", 200, "no-store")]
    [TestCase("api/payments/_info", 200, "no-store")]
    [TestCase("api/payments/payments/x", 400, "no-store, no-cache")]
    [TestCase("nothing/here", 404, "no-store")]
    [TestCase("api/auth/oauth/token", 400, "no-store")]
    [TestCase("health/ready", 200, "no-store, no-cache")]
    [TestCase("openapi/v1.json", 200, "no-store")]
    public async Task Response_AnyUrl_HasSecurityHeadersAndIsNotStored(string address, int status, string cacheControl)
    {
        using var response = await Service.Client.GetAsync(address);
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(status));
            AssertAlways(response, "default-src 'none'; frame-ancestors 'none'");
            Assert.That(response.Headers.CacheControl?.ToString(), Is.EqualTo(cacheControl));
        });
    }

    [Test]
    public async Task Payment_ETag_AllowsPrivateCacheAndRevalidation()
    {
        var (_, body) = await Service.PostAsync("payments", Request.Payment(Connector));
        var address = $"api/payments/payments/{body["data"]!["id"]}";
        using var first = await Service.Client.GetAsync(address);
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var again = await Service.Client.SendAsync(request);
        Assert.Multiple(() =>
        {
            Assert.That(((int)first.StatusCode, (int)again.StatusCode), Is.EqualTo((200, 304)));
            Assert.That(first.Headers.CacheControl, Is.EqualTo(CacheControlHeaderValue.Parse("private, no-cache")));
            Assert.That(again.Headers.CacheControl, Is.EqualTo(CacheControlHeaderValue.Parse("private, no-cache")));
        });
    }

    [TestCase("swagger/index.html")]
    [TestCase("swagger/swagger-ui-bundle.js")]
    public async Task Swagger_AnyFile_MayRunItsOwnScripts(string address)
    {
        using var response = await Service.Client.GetAsync(address);
        AssertAlways(response, "default-src 'none'; script-src 'self' ");
    }

    [TestCase("GET")]
    [TestCase("OPTIONS")]
    public async Task Response_OtherOrigin_HasNoCorsHeaders(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "api/payments/payments");
        request.Headers.Add("Origin", "https://elsewhere.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization");
        using var response = await Service.Client.SendAsync(request);
        Assert.That(response.Headers.Select(header => header.Key), Has.None.StartsWith("Access-Control"));
    }

    [TestCase("127.0.0.1", "https", true)]
    [TestCase("127.0.0.1", "http", false)]
    [TestCase("10.0.0.1", "https", false)]
    public async Task Response_HttpsReportedByKnownProxy_HasHsts(string proxies, string scheme, bool isExpected)
    {
        using var service = new PaymentsService(
            ("environment", "Production"),
            ("ForwardedHeaders:KnownProxies", proxies),
            ("Authentication:Clients:0:ClientId", "own"), ("Authentication:Clients:0:ClientSecret", "own"), ("Authentication:Clients:0:Scopes", "payments:read"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/payments/_info");
        request.Headers.Host = "payments.example";
        request.Headers.Add("X-Forwarded-Proto", scheme);
        using var response = await service.Client.SendAsync(request);
        Assert.That(response.Headers.Contains("Strict-Transport-Security"), Is.EqualTo(isExpected));
    }

    private static void AssertAlways(HttpResponseMessage response, string policy)
    {
        Assert.That(response.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo((string[])["nosniff"]));
        Assert.That(response.Headers.GetValues("Referrer-Policy"), Is.EqualTo((string[])["no-referrer"]));
        Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith(policy));
        Assert.That(response.Headers.Contains("Server"), Is.False);
        Assert.That(response.Headers.Contains("X-Powered-By"), Is.False);
    }
}
