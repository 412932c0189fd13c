using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Payments.Api.Dashboard;
using Payments.Api.Hosting;
using Payments.Dashboard.Session;

namespace Payments.Api.Tests.Dashboard;

/// <summary>A session with the scope payments:read only.</summary>
internal sealed class ReaderSessionTests : ServiceFixture
{
    private string _account = null!;
    private string _payment = null!;
    private string _webhook = null!;
    private HttpClient _reader = null!;

    [OneTimeSetUp]
    public async Task SignInAsync()
    {
        var connector = await Service.InstallAsync();
        _account = (string)(await Service.PostAsync("accounts", Request.Account(connector))).Body["data"]!["id"]!;
        _payment = (string)(await Service.PostAsync("payments", Request.Payment(connector))).Body["data"]!["id"]!;
        _webhook = (string)(await Service.PostAsync("webhooks", """{"url":"http://127.0.0.1:9/"}""")).Body["data"]!["id"]!;
        var cookie = Service.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(DashboardScope.Scheme);
        var reader = Service.Services.GetRequiredService<Sessions>().Create("reader", ["payments:read"]);
        _reader = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Service.Client.BaseAddress };
        _reader.DefaultRequestHeaders.Add("Cookie", $"{cookie.Cookie.Name}={cookie.TicketDataFormat.Protect(new AuthenticationTicket(reader, DashboardScope.Scheme))}");
    }

    [OneTimeTearDown]
    public void SignOut() => _reader.Dispose();

    [TestCase("accounts")]
    [TestCase("accounts/{account}")]
    [TestCase("connectors")]
    [TestCase("connectors/stripe/{connector}")]
    [TestCase("webhooks")]
    [TestCase("webhooks/{webhook}")]
    [TestCase("events")]
    [TestCase("payments")]
    [TestCase("payments/{payment}")]
    [TestCase("system")]
    public async Task Page_ForAReader_HasNoFormThatChangesAnything(string path)
    {
        using var response = await _reader.GetAsync(Path(path));
        var html = await response.Content.ReadAsStringAsync();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), html);
        var forms = html.Split("<form ").Skip(1).Where(form => !form.StartsWith("method=\"post\" action=\"/dashboard/sign-out\"", StringComparison.Ordinal) && !form.Split('>')[0].Contains("method=\"get\"", StringComparison.Ordinal));
        Assert.That(forms, Is.Empty);
        Assert.That(html, Does.Not.Contain("/new\"").And.Not.Contain("/edit\"").And.Not.Contain("/delete\"").And.Not.Contain("/uninstall\""));
    }

    [TestCase("accounts/new")]
    [TestCase("connectors/stripe/{connector}/uninstall")]
    [TestCase("webhooks/{webhook}/edit")]
    [TestCase("import")]
    public async Task Form_ForAReader_Returns403(string path)
    {
        using var response = await _reader.GetAsync(Path(path));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    // An open page that only waits for events does not keep a session alive.
    [Test]
    public async Task Live_AfterHalfOfTheSession_DoesNotRenewIt()
    {
        var cookie = Service.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(DashboardScope.Scheme);
        var reader = Service.Services.GetRequiredService<Sessions>().Create("reader", ["payments:read"]);
        var now = DateTimeOffset.UtcNow;
        var old = new AuthenticationTicket(reader, new AuthenticationProperties { IssuedUtc = now.AddMinutes(-50), ExpiresUtc = now.AddMinutes(10) }, DashboardScope.Scheme);
        using var client = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = Service.Client.BaseAddress };
        client.DefaultRequestHeaders.Add("Cookie", $"{cookie.Cookie.Name}={cookie.TicketDataFormat.Protect(old)}");

        using var page = await client.GetAsync("dashboard/events");
        client.DefaultRequestHeaders.Add("X-Payments-Live", "1");
        using var live = await client.GetAsync("dashboard/live?after=0&wait=0");
        using var rows = await client.GetAsync("dashboard/events");

        Assert.That((live.StatusCode, rows.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That((Renews(page), Renews(live), Renews(rows)), Is.EqualTo((true, false, false)));

        bool Renews(HttpResponseMessage response) => response.Headers.TryGetValues("Set-Cookie", out var cookies)
            && cookies.Any(set => set.StartsWith($"{cookie.Cookie.Name}=", StringComparison.Ordinal));
    }

    // A script cannot show the sign-in page, so it is not sent there.
    [TestCase("dashboard/live?after=0&wait=0")]
    [TestCase("dashboard/events")]
    public async Task Live_WithoutASession_Returns401(string path)
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Service.Client.BaseAddress };
        client.DefaultRequestHeaders.Add("X-Payments-Live", "1");
        client.DefaultRequestHeaders.Add("Accept", "application/json");

        using var response = await client.GetAsync(path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Live_TooManyBrowsers_PauseAndLeaveTheApiItsPlaces()
    {
        var end = (await ReadAsync("999999999", 0)).Position;
        var reads = Enumerable.Range(0, Limits.WaitingPages + 1).Select(_ => ReadAsync($"{end}", 1)).ToList();

        Assert.That(await await Task.WhenAny(reads), Is.EqualTo((end, 10)));
        using (var api = await Service.Client.GetAsync($"api/payments/events?after={end}&timeout=1"))
        {
            Assert.That(api.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        Assert.That(reads.Count(read => read.IsCompleted), Is.EqualTo(1));
        await Service.InstallAsync();
        Assert.That((await Task.WhenAll(reads)).Count(read => read.Position > end && read.Pause == 0), Is.EqualTo(Limits.WaitingPages));

        async Task<(long Position, int Pause)> ReadAsync(string after, int wait)
        {
            var json = JsonNode.Parse(await _reader.GetStringAsync($"dashboard/live?after={after}&wait={wait}"))!;
            return ((long)json["position"]!, (int)json["pause"]!);
        }
    }

    private string Path(string path) => $"dashboard/{path.Replace("{account}", _account, StringComparison.Ordinal).Replace("{payment}", _payment, StringComparison.Ordinal).Replace("{webhook}", _webhook, StringComparison.Ordinal).Replace("{connector}", Connector, StringComparison.Ordinal)}";
}
