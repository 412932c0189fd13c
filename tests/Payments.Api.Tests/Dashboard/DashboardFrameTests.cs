using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Payments.Api.Tests.Observability;

namespace Payments.Api.Tests.Dashboard;

/// <summary>What every page has: errors, methods, limits and the first redirect.</summary>
public sealed class DashboardFrameTests
{
    private PaymentsService _service = null!;
    private DashboardClient _client = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _service = new PaymentsService(services => services.AddControllers().AddApplicationPart(typeof(TrialController).Assembly));
        _client = new DashboardClient(_service);
        await _client.SignInAsync();
        await _client.GetAsync("dashboard");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [TestCase("GET", "dashboard/nothing", 404, "Not found")]
    [TestCase("DELETE", "dashboard", 405, "Not possible here")]
    [TestCase("POST", "dashboard/nothing", 405, "Not possible here")]
    public async Task Error_InBrowser_IsPage(string method, string path, int status, string heading)
    {
        var page = await _client.SendAsync(new(new(method), new Uri(_service.Client.BaseAddress!, path)));
        Assert.Multiple(() =>
        {
            Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((status, heading, "text/html")));
            Assert.That(page.Html, Does.Contain("Sign out"), "the page has the navigation of a signed-in user");
            Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("script-src 'self'"));
        });
    }

    [Test]
    public async Task Error_Fault_ShowsTraceIdOnly()
    {
        var page = await _client.GetAsync("dashboard/trial/fault");
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((500, "Something went wrong", "text/html")));
        Assert.That(page.Html, Does.Match("<code>00-[0-9a-f]{32}-").And.Not.Contain("secret detail").And.Not.Contain("   at "));
    }

    [Test]
    public async Task Error_FormTooLarge_Returns413Page()
    {
        var page = await _client.PostAsync("dashboard/trial", ("text", new string('x', 300_000)));
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((413, "Too large", "text/html")));
    }

    [Test]
    public async Task Error_RequestForJson_IsProblem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.Client.BaseAddress!, "dashboard/trial/fault")) { Headers = { { "Accept", "application/json" } } };
        var page = await _client.SendAsync(request);
        Assert.That((page.Status, page.ContentType, (string?)JsonNode.Parse(page.Html)!["errorCode"]), Is.EqualTo((500, "application/problem+json", "INTERNAL")));
    }

    [Test]
    public async Task RequestForJson_WithoutSession_Returns401Problem()
    {
        using var client = new DashboardClient(_service);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.Client.BaseAddress!, "dashboard")) { Headers = { { "Accept", "application/json" } } };
        var page = await client.SendAsync(request);
        Assert.That((page.Status, page.ContentType), Is.EqualTo((401, "application/problem+json")));
    }

    [TestCase("api/payments/payments/x/y/z", 404)]
    [TestCase("dashboardx", 404)]
    public async Task Error_OutsideDashboard_IsProblem(string path, int status)
    {
        using var response = await _service.Client.SendWithTokenAsync(await _service.TokenAsync(), HttpMethod.Get, path);
        Assert.That(((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType), Is.EqualTo((status, "application/problem+json")));
    }

    [Test]
    public async Task Change_InDashboard_HasUserAsActor() => Assert.That((await _client.PostAsync("dashboard/trial")).Html, Is.EqualTo("actor=user:developer"));

    [TestCase("dashboard")]
    [TestCase("dashboard/sign-in")]
    [TestCase("dashboard/nothing")]
    public async Task Head_Page_HasStatusOfGet(string path)
    {
        var get = await _client.GetAsync(path);
        var head = await _client.SendAsync(new(HttpMethod.Head, new Uri(_service.Client.BaseAddress!, path)));
        Assert.That((head.Status, head.ContentType, head.Html), Is.EqualTo((get.Status, "text/html", "")));
    }

    [TestCase("text/html,application/xhtml+xml,*/*;q=0.8", 302)]
    [TestCase("application/json", 401)]
    [TestCase("*/*", 401)]
    public async Task Root_ByAccept_RedirectsBrowsersOnly(string accept, int status)
    {
        using var client = new DashboardClient(_service);
        using var request = new HttpRequestMessage(HttpMethod.Get, _service.Client.BaseAddress) { Headers = { { "Accept", accept } } };
        var page = await client.SendAsync(request);
        Assert.That((page.Status, page.Location), Is.EqualTo((status, status == 302 ? "/dashboard" : null)));
    }

    [Test]
    public async Task RateLimit_User_Returns429PageToThatUserOnly()
    {
        using var service = new PaymentsService(("RateLimiting:RequestsPerSecond", "1"), ("RateLimiting:Burst", "20"));
        using var client = new DashboardClient(service);
        await client.SignInAsync();
        Page page;
        for (var i = 0; (page = await client.GetAsync("dashboard")).Status == 200; i++)
        {
            Assert.That(i, Is.LessThan(40));
        }

        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((429, "Too many requests", "text/html")));
        Assert.That(page.Html, Does.Contain("RateLimiting:RequestsPerSecond is 1"));
        Assert.That(page.Headers.RetryAfter?.Delta, Is.Not.Null);
        using var anonymous = new DashboardClient(service);
        Assert.That((await anonymous.GetAsync("dashboard/sign-in")).Status, Is.EqualTo(200));
    }

    [TestCase("dashboard")]
    [TestCase("dashboard/sign-in")]
    [TestCase("dashboard/system")]
    [TestCase("dashboard/assets/x/dashboard.css")]
    public async Task Disabled_AnyPage_IsUnknownUrl(string path)
    {
        using var service = new PaymentsService(("Dashboard:Enabled", "false"));
        using var client = new DashboardClient(service);
        client.Headers.Authorization = new("Bearer", await service.TokenAsync());
        var page = await client.GetAsync(path);
        Assert.That((page.Status, page.ContentType, page.SetCookies.Length), Is.EqualTo((404, "application/problem+json", 0)));
        Assert.That((await client.GetAsync("")).Status, Is.EqualTo(404));
        Assert.That(File.Exists(Path.Combine(Path.GetDirectoryName(service.DatabaseFile)!, "session-key.txt")), Is.False);
    }

    [Test]
    public async Task Log_Request_HasRouteWithoutQuery()
    {
        using var log = new LogCapture();
        using var service = new PaymentsService(log.AddTo, ("Logging:LogLevel:Default", "Information"));
        using var client = new DashboardClient(service);
        await client.SignInAsync();
        await client.GetAsync("dashboard?reference=private-text");
        LogCapture.End(service);
        Assert.That(log.Lines, Has.Some.Contains("GET dashboard 200"));
        Assert.That(log.Lines, Has.None.Contains("private-text").And.None.Contains("developer"));
    }
}
