using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Payments.Api.Tests.Observability;

namespace Payments.Api.Tests.Dashboard;

/// <summary>Sign-in at a second server with OpenID Connect.</summary>
public sealed class AuthoritySignInTests
{
    private const string Start = "dashboard/sign-in/authority?returnUrl=/dashboard/nothing";

    private Authority _authority = null!;
    private PaymentsService _service = null!;
    private DashboardClient _client = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _authority = await Authority.StartAsync();
        _service = new PaymentsService(services => services.AddControllers().AddApplicationPart(typeof(TrialController).Assembly), Settings());
        _client = new DashboardClient(_service);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        _service.Dispose();
        await _authority.DisposeAsync();
    }

    [Test]
    public async Task SignIn_AtAuthority_LeadsToRequestedPageWithScopesOfToken()
    {
        var form = await _client.FollowAsync(await _client.GetAsync("dashboard/nothing"));
        Assert.That(form.Html, Does.Contain("href=\"/dashboard/sign-in/authority?returnUrl=%2Fdashboard%2Fnothing\""));

        var page = await _client.FollowAsync(await _client.GetAsync(Start));

        Assert.Multiple(() =>
        {
            Assert.That((page.Status, page.Url.AbsolutePath), Is.EqualTo((404, "/dashboard/nothing")));
            Assert.That(page.Html, Does.Contain("<span class=\"me\">ada (id-of-ada)</span>"));
            Assert.That(_client.Cookies.Keys, Is.EquivalentTo((string[])["payments-dashboard", "payments-antiforgery"]), "the cookies of the sign-in are gone");
        });
        Assert.That((await _client.PostAsync("dashboard/trial")).Html, Is.EqualTo("actor=user:ada (id-of-ada)"));
    }

    [Test]
    public async Task SignIn_Request_HasCodeFlowWithPkceStateAndNonce()
    {
        await _client.FollowAsync(await _client.GetAsync(Start));
        var request = _authority.Request.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(request["response_type"], Is.EqualTo("code"));
            Assert.That(request.GetValueOrDefault("response_mode", "query"), Is.EqualTo("query"));
            Assert.That(request["code_challenge_method"], Is.EqualTo("S256"));
            Assert.That(request["scope"], Is.EqualTo("openid profile payments:read payments:write"));
            Assert.That(request["audience"], Is.EqualTo("payments"));
            Assert.That(request["redirect_uri"], Does.EndWith("/dashboard/sign-in/callback"));
            Assert.That(request["nonce"], Has.Length.GreaterThan(20));
        });
    }

    [Test]
    public async Task SignIn_CookiesOfFlow_AreHttpOnlyAndLax()
    {
        var page = await _client.GetAsync(Start);
        Assert.That(page.SetCookies, Has.Length.EqualTo(2).And.All.Contains("; httponly").And.All.Contains("; samesite=lax").And.All.Contains("path=/dashboard/sign-in/callback"));
        Assert.That(page.SetCookies, Has.Some.StartsWith("payments-correlation.").And.Some.StartsWith("payments-nonce."));
    }

    [Test]
    public async Task SignIn_Https_CookiesOfFlowHaveHostPrefix()
    {
        using var service = new PaymentsService(Settings(("ForwardedHeaders:KnownProxies", "127.0.0.1")));
        using var client = SessionTests.Https(service);
        var page = await client.GetAsync(Start);
        Assert.That(page.SetCookies, Has.Length.EqualTo(2).And.All.StartsWith("__Host-payments-").And.All.Contains("path=/;").And.All.Contains("; secure"));
        Assert.That(QueryHelpers.ParseQuery(new Uri(page.Location!).Query)["redirect_uri"].ToString(), Does.StartWith("https://"));
    }

    [Test]
    public async Task SignIn_ForeignReturnUrl_LeadsToFirstPage()
    {
        var page = await _client.FollowAsync(await _client.GetAsync("dashboard/sign-in/authority?returnUrl=https://evil.example/"));
        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/dashboard"));
    }

    [Test]
    public async Task Callback_ForgedState_IsRejected() => await AssertRejectedAsync(callback => ReplaceParameter(callback, "state", "forged"));

    [Test]
    public async Task Callback_StateOfOtherBrowser_IsRejected()
    {
        using var other = new DashboardClient(_service);
        var foreign = await other.GetAsync((await other.GetAsync(Start)).Location!);
        await AssertRejectedAsync(_ => foreign.Location!);
    }

    [Test]
    public async Task Callback_WrongNonce_IsRejected()
    {
        _authority.Nonce = "of-another-sign-in";
        await AssertRejectedAsync(callback => callback);
    }

    [Test]
    public async Task Callback_ForgedCode_IsRejectedAndLogHasNoDescription()
    {
        using var log = new LogCapture();
        using var service = new PaymentsService(log.AddTo, Settings());
        using var client = new DashboardClient(service);
        var callback = (await client.GetAsync((await client.GetAsync(Start)).Location!)).Location!;
        var page = await client.GetAsync(ReplaceParameter(callback, "code", "forged"));
        LogCapture.End(service);

        Assert.That((page.Status, page.Heading), Is.EqualTo((400, "Not signed in")));
        Assert.That(log.Lines, Has.One.Contains("invalid_grant"));
        Assert.That(log.Lines, Has.None.Contains("ada@example.com"));
    }

    [Test]
    public async Task Callback_Twice_IsRejected()
    {
        var callback = (await _client.GetAsync((await _client.GetAsync(Start)).Location!)).Location!;
        Assert.That((await _client.GetAsync(callback)).Status, Is.EqualTo(302));
        Assert.That((await _client.GetAsync(callback)).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task Callback_ConsentDenied_ShowsPage()
    {
        _authority.Error = "access_denied";
        var page = await _client.FollowAsync(await _client.GetAsync(Start));
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((403, "Not signed in", "text/html")));
        Assert.That(page.Html, Does.Not.Contain("ada@example.com"));
    }

    [TestCase("openid profile", "payments")]
    [TestCase("payments:write", "payments")]
    [TestCase(null, "ledger")]
    public async Task Callback_TokenWithoutScopeOrAudience_ShowsPage(string? scope, string audience)
    {
        (_authority.Scope, _authority.Audience) = (scope, audience);
        var page = await _client.FollowAsync(await _client.GetAsync(Start));
        Assert.That((page.Status, page.Heading), Is.EqualTo((403, "No access")));
        Assert.That(_client.Cookies.Keys, Has.None.EqualTo("payments-dashboard"));
    }

    [Test]
    public async Task SignIn_ReadScopeOnly_CannotWrite()
    {
        _authority.Scope = "payments:read";
        await _client.FollowAsync(await _client.GetAsync(Start));
        Assert.That((await _client.PostAsync("dashboard/trial")).Status, Is.EqualTo(403));
    }

    // People can often choose their display name.
    [Test]
    public async Task SignIn_WithoutUserName_IsNamedBySubject()
    {
        _authority.UserName = null;
        await _client.FollowAsync(await _client.GetAsync(Start));
        Assert.That((await _client.PostAsync("dashboard/trial")).Html, Is.EqualTo("actor=user:id-of-ada"));
    }

    [Test]
    public async Task SignIn_AuthorityDown_ShowsPage()
    {
        await _authority.DisposeAsync();
        var page = await _client.GetAsync(Start);
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((503, "The sign-in server does not respond", "text/html")));
    }

    [Test]
    public async Task Callback_AuthorityDown_ShowsPage()
    {
        var callback = (await _client.GetAsync((await _client.GetAsync(Start)).Location!)).Location!;
        await _authority.DisposeAsync();
        var page = await _client.GetAsync(callback);
        Assert.That((page.Status, page.Heading), Is.EqualTo((503, "The sign-in server does not respond")));
    }

    [Test]
    public async Task Callback_ManyTimes_IsLimited()
    {
        using var service = new PaymentsService(Settings(("RateLimiting:AnonymousRequestsPerSecond", "1"), ("RateLimiting:Burst", "20")));
        using var client = new DashboardClient(service);
        Page page;
        for (var i = 0; (page = await client.GetAsync("dashboard/sign-in/callback?code=x&state=y")).Status == 400; i++)
        {
            Assert.That(i, Is.LessThan(40));
        }

        Assert.That((page.Status, page.ContentType), Is.EqualTo((429, "text/html")));
    }

    [TestCase("dashboard/sign-in/development")]
    [TestCase("dashboard/sign-in")]
    public async Task OtherSignIn_AuthoritySet_Returns404(string path)
    {
        await _client.GetAsync("dashboard/sign-in");
        await _client.FollowAsync(await _client.GetAsync(Start));
        Assert.That((await _client.PostAsync(path)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task SignIn_NoClientId_SaysHowToSetUp()
    {
        using var service = new PaymentsService(("Authentication:Authority", _authority.Url));
        using var client = new DashboardClient(service);
        Assert.That((await client.GetAsync("dashboard/sign-in")).Html, Does.Contain("Dashboard:ClientId").And.Not.Contain("Sign in with"));
        Assert.That((await client.GetAsync(Start)).Status, Is.EqualTo(404));
    }

    private static string ReplaceParameter(string url, string name, string value)
    {
        var query = QueryHelpers.ParseQuery(new Uri(url).Query).ToDictionary(parameter => parameter.Key, parameter => (string?)parameter.Value);
        query[name] = value;
        return QueryHelpers.AddQueryString(new Uri(url).GetLeftPart(UriPartial.Path), query);
    }

    private (string, string)[] Settings(params (string, string)[] others) =>
    [
        ("Authentication:Authority", _authority.Url), ("Dashboard:ClientId", Authority.ClientId), ("Dashboard:ClientSecret", Authority.ClientSecret), .. others,
    ];

    private async Task AssertRejectedAsync(Func<string, string> change)
    {
        var callback = (await _client.GetAsync((await _client.GetAsync(Start)).Location!)).Location!;
        var page = await _client.GetAsync(change(callback));
        Assert.That((page.Status, page.Heading, page.ContentType), Is.EqualTo((400, "Not signed in", "text/html")));
        Assert.That(_client.Cookies.Keys, Has.None.EqualTo("payments-dashboard"));
    }
}
