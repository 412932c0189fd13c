using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Payments.Api.Authentication;
using Payments.Api.Dashboard;
using Payments.Api.Tests.Observability;

namespace Payments.Api.Tests.Dashboard;

public sealed class SessionTests
{
    private static readonly (string, string)[] Production =
    [
        ("environment", "Production"), ("ForwardedHeaders:KnownProxies", "127.0.0.1"),
        ("Authentication:Clients:0:ClientId", "own"), ("Authentication:Clients:0:ClientSecret", "own"), ("Authentication:Clients:0:Scopes", "payments:read"),
    ];

    private static readonly (string, string)[] Users = User(0, "ada", "correct horse", "payments:read payments:write");

    private PaymentsService _service = null!;
    private PaymentsService _production = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _service = new PaymentsService();
        _production = new PaymentsService([.. Production, .. Users, .. User(1, "reader", "battery staple", "payments:read")]);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _service.Dispose();
        _production.Dispose();
    }

    [Test]
    public async Task SignIn_Http_SetsCookieForDashboardOnly()
    {
        using var client = new DashboardClient(_service);
        await client.GetAsync("dashboard/sign-in");
        var page = await client.PostAsync("dashboard/sign-in/development");

        var cookie = page.SetCookies.Single(cookie => cookie.StartsWith("payments-dashboard=", StringComparison.Ordinal));
        Assert.That(cookie.Split("; ").Skip(1), Is.EqualTo((string[])["path=/dashboard", "samesite=lax", "httponly"]));
        Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task SignIn_Https_CookiesHaveHostPrefixAndAreSecure()
    {
        using var client = Https(_production);
        var form = await client.GetAsync("dashboard/sign-in");
        var page = await client.SignInAsync("ada", "correct horse");

        Assert.That(page.Location, Is.EqualTo("/dashboard"));
        Assert.Multiple(() =>
        {
            Assert.That(client.Cookies.Keys, Is.EquivalentTo((string[])["__Host-payments-dashboard", "__Host-payments-antiforgery"]));
            Assert.That(form.SetCookies.Concat(page.SetCookies), Has.All.Contains("; path=/;").And.All.Contains("; secure").And.All.Contains("; httponly"));
        });
        Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Https_CookieWithoutPrefix_IsIgnored()
    {
        using var client = Https(_production);
        await client.SignInAsync("ada", "correct horse");
        client.Cookies["payments-dashboard"] = client.Cookies["__Host-payments-dashboard"];
        client.Cookies.Remove("__Host-payments-dashboard");

        Assert.That((await client.GetAsync("dashboard")).Location, Does.StartWith("/dashboard/sign-in"));
    }

    [TestCase("GET", "api/payments/payments")]
    [TestCase("POST", "api/payments/payments")]
    [TestCase("GET", "api/payments/connectors")]
    [TestCase("GET", "nothing/here")]
    public async Task Api_SessionCookie_Returns401(string method, string path)
    {
        using var client = Https(_production);
        await client.SignInAsync("ada", "correct horse");
        Assert.That((await client.SendAsync(new(new(method), new Uri(_production.Client.BaseAddress!, path)))).Status, Is.EqualTo(401));
    }

    [Test]
    public async Task Dashboard_BearerToken_DoesNotCount()
    {
        using var client = new DashboardClient(_service);
        client.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _service.TokenAsync());
        Assert.That((await client.GetAsync("dashboard")).Location, Does.StartWith("/dashboard/sign-in"));
    }

    [Test]
    public async Task Http_OutsideDevelopment_ShowsHowToEncryptAndRejectsPosts()
    {
        using var client = new DashboardClient(_production);
        var page = await client.FollowAsync(await client.GetAsync("dashboard"));
        var post = await client.SignInAsync("ada", "correct horse");
        Assert.Multiple(() =>
        {
            Assert.That(page.Html, Does.Contain("ForwardedHeaders:KnownProxies").And.Not.Contain("<form"));
            Assert.That(client.Cookies, Is.Empty);
            Assert.That((post.Status, post.Heading), Is.EqualTo((403, "Not encrypted")));
        });
    }

    [Test]
    public async Task Http_CookieOfHttpsSession_DoesNotCount()
    {
        using var client = Https(_production);
        await client.SignInAsync("ada", "correct horse");
        client.Cookies["payments-dashboard"] = client.Cookies["__Host-payments-dashboard"];
        client.Headers.Remove("X-Forwarded-Proto");
        Assert.That((await client.GetAsync("dashboard")).Location, Does.StartWith("/dashboard/sign-in"));
    }

    // DNS can lead a foreign name to this machine, and its page could then click for the developer.
    [TestCase("payments.example", false)]
    [TestCase("localhost", true)]
    [TestCase("[::1]", true)]
    public async Task Http_Development_NeedsHostOfThisMachine(string host, bool isExpected)
    {
        using var client = new DashboardClient(_service);
        client.Headers.Host = host;
        var page = await client.GetAsync("dashboard/sign-in");
        Assert.That(page.Html.Contains("Sign in as developer", StringComparison.Ordinal), Is.EqualTo(isExpected));
        Assert.That((await client.PostAsync("dashboard/sign-in/development")).Status, Is.EqualTo(isExpected ? 302 : 403));
    }

    [Test]
    public async Task OneClick_OutsideDevelopment_Returns404()
    {
        using var client = Https(_production);
        await client.GetAsync("dashboard/sign-in");
        Assert.That((await client.PostAsync("dashboard/sign-in/development")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task SignIn_NothingSetUp_SaysHow()
    {
        using var service = new PaymentsService(Production);
        using var client = Https(service);
        var page = await client.GetAsync("dashboard/sign-in");
        Assert.That(page.Html, Does.Contain("Dashboard:Users:0:PasswordHash").And.Contain("Dashboard:ClientId").And.Not.Contain("<form"));
    }

    [TestCase("ada", "wrong")]
    [TestCase("nobody", "correct horse")]
    [TestCase("<img src=x onerror=alert(1)>", "wrong")]
    public async Task SignIn_WrongNameOrPassword_ShowsOneMessage(string name, string password)
    {
        using var client = Https(_production);
        var page = await client.SignInAsync(name, password);
        Assert.Multiple(() =>
        {
            Assert.That(page.Status, Is.EqualTo(400));
            Assert.That(page.Html, Does.Contain("The user name or the password is wrong.").And.Contain($"value=\"{WebUtility.HtmlEncode(name).Replace("&#39;", "&#x27;", StringComparison.Ordinal)}\""));
            Assert.That(page.Html, Does.Not.Contain(password == "wrong" ? "\"wrong\"" : password).And.Not.Contain("<img"));
            Assert.That(client.Cookies.Keys, Has.None.Contains("dashboard"));
        });
    }

    [Test]
    public async Task SignIn_TooManyFailedAttempts_Returns429AsPage()
    {
        using var service = new PaymentsService([.. Production, .. Users]);
        using var client = Https(service);
        Page page;
        for (var i = 0; (page = await client.SignInAsync("ada", "wrong")).Status == 400; i++)
        {
            Assert.That(i, Is.LessThan(20));
        }

        Assert.Multiple(() =>
        {
            Assert.That((page.Status, page.Headers.RetryAfter?.Delta, page.ContentType), Is.EqualTo((429, TimeSpan.FromSeconds(10), "text/html")));
            Assert.That(page.Html, Does.Contain("Too many failed attempts."));
        });
        Assert.That((await client.SignInAsync("ada", "correct horse")).Status, Is.EqualTo(429), "the response must not show that this password is right");
    }

    [TestCase("/dashboard/payments?state=open#x", "/dashboard/payments?state=open#x")]
    [TestCase("/dashboard", "/dashboard")]
    [TestCase("//evil.example", "/dashboard")]
    [TestCase("/\\evil.example", "/dashboard")]
    [TestCase("\\\\evil.example", "/dashboard")]
    [TestCase("https://evil.example/dashboard", "/dashboard")]
    [TestCase("javascript:alert(1)", "/dashboard")]
    [TestCase("/dashboard/../api/payments", "/dashboard")]
    [TestCase("/dashboard/%2e%2e/api/payments", "/dashboard")]
    [TestCase("/dashboard/..\\api", "/dashboard")]
    [TestCase("/dashboardevil", "/dashboard")]
    [TestCase("/api/payments/payments", "/dashboard")]
    [TestCase("/dashboard\t/x", "/dashboard")]
    [TestCase("", "/dashboard")]
    public async Task SignIn_ReturnUrl_LeadsToPageOfDashboardOnly(string returnUrl, string expected)
    {
        using var client = new DashboardClient(_service);
        var form = await client.GetAsync($"dashboard/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");
        Assert.That(WebUtility.HtmlDecode(form.Html), Does.Contain($"name=\"returnUrl\" value=\"{expected}\""));
        Assert.That((await client.PostAsync("dashboard/sign-in/development", ("returnUrl", returnUrl))).Location, Is.EqualTo(expected));
    }

    [Test]
    public async Task SignIn_Again_BeginsNewSession()
    {
        using var client = new DashboardClient(_service);
        await client.SignInAsync();
        var first = client.Cookies["payments-dashboard"];
        await client.GetAsync("dashboard");
        var token = client.Token;
        await client.SignInAsync();
        Assert.That(client.Cookies["payments-dashboard"], Is.Not.EqualTo(first));

        client.Token = token;
        Assert.That((await client.PostAsync("dashboard/sign-out")).Status, Is.EqualTo(400), "the form is of the first session");
    }

    [Test]
    public async Task SignOut_RemovesCookie()
    {
        using var client = new DashboardClient(_service);
        await client.SignInAsync();
        await client.GetAsync("dashboard");
        var page = await client.PostAsync("dashboard/sign-out");
        Assert.That(page.SetCookies.Single(), Does.StartWith("payments-dashboard=; expires=Thu, 01 Jan 1970").And.Contain("path=/dashboard"));
        Assert.That((await client.GetAsync("dashboard")).Location, Does.StartWith("/dashboard/sign-in"));
    }

    [Test]
    public async Task Post_WithoutAntiforgeryToken_Returns400Page()
    {
        using var client = new DashboardClient(_service);
        await client.SignInAsync();
        client.Token = "";
        var page = await client.PostAsync("dashboard/sign-out");
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((400, "The form cannot be read", "text/html")));
        client.Token = "";
        Assert.That((await client.PostAsync("dashboard/sign-in/development")).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task Session_IdleForAnHour_Ends()
    {
        var (service, clock) = WithClock();
        using var _ = service;
        using var client = new DashboardClient(service);
        await client.SignInAsync();
        clock.Advance(Sessions.IdleLifetime - TimeSpan.FromMinutes(1));
        Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(200));
        clock.Advance(Sessions.IdleLifetime - TimeSpan.FromMinutes(1));
        Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(200), "each request renews the session");
        clock.Advance(Sessions.IdleLifetime + TimeSpan.FromMinutes(1));
        Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(302));
    }

    [Test]
    public async Task Session_InUse_EndsAfterTwelveHours()
    {
        var (service, clock) = WithClock();
        using var _ = service;
        using var client = new DashboardClient(service);
        await client.SignInAsync();
        for (var time = TimeSpan.FromMinutes(40); time < Sessions.Lifetime; time += TimeSpan.FromMinutes(40))
        {
            clock.Advance(TimeSpan.FromMinutes(40));
            Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(200), $"{time}");
        }

        clock.Advance(TimeSpan.FromMinutes(40));
        Assert.That((await client.GetAsync("dashboard")).Status, Is.EqualTo(302));
        Assert.That(client.Cookies, Does.Not.ContainKey("payments-dashboard"));
    }

    [Test]
    public async Task Session_Restart_Survives()
    {
        using var folder = new TemporaryFolder();
        (string, string)[] settings = [.. Production, .. Users, .. In(folder)];
        Dictionary<string, string> cookies;
        using (var service = new PaymentsService(settings))
        using (var client = Https(service))
        {
            await client.SignInAsync("ada", "correct horse");
            cookies = client.Cookies;
        }

        using var again = new PaymentsService(settings);
        Assert.That(await StatusAsync(again, cookies), Is.EqualTo(200));
        var key = Path.Combine(folder.Path, "session-key.txt");
        Assert.That(File.ReadAllText(key), Does.Not.Contain("key").And.Match("^[0-9a-f]{16}:"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(key), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Session_TwoInstances_IsValidOnBoth()
    {
        using var folder = new TemporaryFolder();
        (string, string)[] settings = [.. Production, .. Users, .. In(folder)];
        var instances = await Task.WhenAll(Task.Run(() => new PaymentsService(settings)), Task.Run(() => new PaymentsService(settings)));
        try
        {
            using var client = Https(instances[0]);
            await client.SignInAsync("ada", "correct horse");
            Assert.That(await StatusAsync(instances[1], client.Cookies), Is.EqualTo(200));
        }
        finally
        {
            instances[0].Dispose();
            instances[1].Dispose();
        }
    }

    [TestCase("another password", "payments:read payments:write")]
    [TestCase("correct horse", "payments:read")]
    [TestCase(null, null)]
    public async Task Session_UserChangedOrRemoved_Ends(string? password, string? scopes)
    {
        using var folder = new TemporaryFolder();
        (string, string)[] settings = [.. Production, .. In(folder)];
        Dictionary<string, string> cookies;
        using (var service = new PaymentsService([.. settings, .. Users]))
        using (var client = Https(service))
        {
            await client.SignInAsync("ada", "correct horse");
            cookies = client.Cookies;
        }

        using var again = new PaymentsService([.. settings, .. User(0, password is null ? "other" : "ada", password ?? "1", scopes ?? "payments:read")]);
        Assert.That(await StatusAsync(again, cookies), Is.EqualTo(302));
    }

    [Test]
    public async Task Reader_WritingAction_Returns403Page()
    {
        using var service = new PaymentsService(services => services.AddControllers().AddApplicationPart(typeof(TrialController).Assembly), [.. Production, .. User(1, "reader", "battery staple", "payments:read")]);
        using var client = Https(service);
        await client.SignInAsync("reader", "battery staple");
        await client.GetAsync("dashboard");
        var page = await client.PostAsync("dashboard/trial");
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((403, "Not allowed", "text/html")));
    }

    [Test]
    public async Task Log_SignIn_HasNoNameAndNoQuery()
    {
        using var log = new LogCapture();
        using var service = new PaymentsService(log.AddTo, [.. Production, .. Users, ("Logging:LogLevel:Default", "Debug")]);
        using var client = Https(service);
        await client.GetAsync("dashboard/sign-in?returnUrl=/dashboard/secret-page");
        await client.SignInAsync("ada", "wrong-word", "/dashboard/secret-page");
        await client.SignInAsync("ada", "correct horse", "/dashboard/secret-page");
        LogCapture.End(service);
        Assert.That(log.Lines, Has.Some.Contains("dashboard/sign-in"));
        Assert.That(log.Lines, Has.None.Contains("wrong-word").And.None.Contains("correct").And.None.Contains("secret-page").And.None.Matches("\\bada\\b"));
    }

    internal static DashboardClient Https(PaymentsService service)
    {
        var client = new DashboardClient(service);
        client.Headers.Add("X-Forwarded-Proto", "https");
        return client;
    }

    private static (string, string)[] User(int number, string name, string password, string scopes) =>
    [
        ($"Dashboard:Users:{number}:Name", name), ($"Dashboard:Users:{number}:PasswordHash", Credential.SlowHash(password)), ($"Dashboard:Users:{number}:Scopes", scopes),
    ];

    private static (string, string)[] In(TemporaryFolder folder) =>
    [
        ("Secrets:KeyFile", Path.Combine(folder.Path, "secrets-key.pem")), ("Dashboard:SessionKeyFile", Path.Combine(folder.Path, "session-key.txt")),
        ("Database:ConnectionString", $"Data Source={Path.Combine(folder.Path, "payments.db")}"),
    ];

    private static (PaymentsService, FakeTimeProvider) WithClock()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        return (new PaymentsService(services =>
        {
            services.Configure<CookieAuthenticationOptions>("Dashboard", cookie => cookie.TimeProvider = clock);
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Sessions>(provider, clock));
        }), clock);
    }

    private static async Task<int> StatusAsync(PaymentsService service, Dictionary<string, string> cookies)
    {
        using var client = Https(service);
        foreach (var (name, value) in cookies)
        {
            client.Cookies[name] = value;
        }

        return (await client.GetAsync("dashboard")).Status;
    }
}
