using System.Net;
using System.Security.Cryptography;
using PuppeteerSharp;

namespace Payments.Dashboard.Tests;

/// <summary>Every page, examined by axe-core in both color schemes; its width at 360 px; its size.</summary>
public sealed class AccessibilityTests
{
    // Add each new page here. The names in braces stand for what CreateAsync records.
    private static readonly string[] Pages =
    [
        "/dashboard",
        "/dashboard?window=dates&from=x",
        "/dashboard/payments",
        "/dashboard/payments?status=SUCCEEDED&metadata[order]=A-1&connectorID={connector}",
        "/dashboard/payments?reference=nothing&search=nothing",
        "/dashboard/payments?status=wrong",
        "/dashboard/payments/filter?edit=amount&from=x",
        "/dashboard/payments/{payment}",
        "/dashboard/payments/{payment}#add-adjustment",
        "/dashboard/payments/{payment}#edit-metadata",
        "/dashboard/import",
        "/dashboard/accounts",
        "/dashboard/accounts/new",
        "/dashboard/accounts/{account}",
        "/dashboard/connectors",
        "/dashboard/connectors/new",
        "/dashboard/connectors/stripe/{connector}",
        "/dashboard/connectors/stripe/{connector}/inbox/{entry}",
        "/dashboard/connectors/stripe/{connector}/uninstall",
        "/dashboard/connectors/adyen/{adyen}",
        "/dashboard/connectors/wise/{wise}",
        "/dashboard/webhooks",
        "/dashboard/webhooks/new",
        "/dashboard/webhooks/{webhook}",
        "/dashboard/webhooks/{webhook}/edit",
        "/dashboard/webhooks/{webhook}/delete",
        "/dashboard/events",
        "/dashboard/events?actor=x&from=x",
        "/dashboard/system",
        "/dashboard/time-zone",
        "/dashboard/sign-in",
        "/dashboard/nothing-here",
    ];

    private static readonly Dictionary<string, string> Ids = [];
    private static readonly string Folder = Path.Combine(RepositoryFolder.Path, "tests", "Payments.Dashboard.Tests", "axe-core");
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(Folder, "axe.min.js")));

    [OneTimeSetUp]
    public async Task CreateAsync()
    {
        var connector = await PostAsync("connectors/stripe", $$"""{"name":"{{Guid.NewGuid()}}","webhookSecret":"{{SignedEvents.StripeSecret}}"}""", "connectorID");
        Ids["connector"] = connector;
        Ids["adyen"] = await PostAsync("connectors/adyen", $$"""{"name":"{{Guid.NewGuid()}}"}""", "connectorID");
        Ids["wise"] = await PostAsync("connectors/wise", $$"""{"name":"{{Guid.NewGuid()}}"}""", "connectorID");
        Ids["account"] = await PostAsync("accounts", Request.Account(connector, ("metadata", """{"department":"finance"}""")), "id");
        Ids["webhook"] = await PostAsync("webhooks", """{"url":"http://127.0.0.1:9/hook"}""", "id");
        (string, string?)[] details = [("reference", "\"pi_axe\""), ("sourceAccountID", $"\"{Ids["account"]}\""), ("metadata", """{"order":"A-1"}""")];
        Ids["payment"] = await PostAsync("payments", Request.Payment(connector, [.. details, ("status", "\"SUCCEEDED\"")]), "id");
        (await Browser.Api.PostStripeEventAsync(connector, SignedEvents.StripeEvent("evt_paid", "payment_intent.succeeded", 5, SignedEvents.Intent("pi_axe", "succeeded")))).Dispose();
        (await Browser.Api.PostStripeEventAsync(connector, SignedEvents.StripeEvent("evt_axe", "refund.created", 0, SignedEvents.Refund("re_axe", "pi_other", 100, 0)))).Dispose();
        using var inbox = await Browser.Api.GetAsync($"api/payments/connectors/stripe/{connector}/inbox");
        Ids["entry"] = (string)(await inbox.JsonAsync())["cursor"]!["data"]![0]!["id"]!;
    }

    // One visit for all of this, because signing in and loading take most of the time.
    [TestCaseSource(nameof(Pages))]
    public async Task Page_EachColorScheme_HasNoSeriousFindingAndFits360Pixels(string path)
    {
        await using var page = await OpenAsync(path);
        // The content security policy does not apply to scripts of the browser's debugger.
        await page.Page.EvaluateExpressionAsync(Axe.Value);
        foreach (var scheme in (string[])["light", "dark"])
        {
            await page.Page.EmulateMediaFeaturesAsync(
            [
                new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme },
                // Otherwise axe-core may see a color on its way to the other one.
                new() { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
            ]);
            var findings = await page.Page.EvaluateExpressionAsync<string[]>(
                """
                axe.run().then(results => results.violations.filter(rule => ['serious', 'critical'].includes(rule.impact))
                    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`)))
                """);
            Assert.That(findings, Is.Empty, scheme);
        }

        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 360, Height = 800 });
        Assert.That(await page.Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(360));
    }

    [TestCase("/dashboard")]
    [TestCase("/dashboard/payments")]
    [TestCase("/dashboard/payments/{payment}")]
    [TestCase("/dashboard/events")]
    public async Task Page_FirstVisit_LoadsLessThan150Kilobytes(string path)
    {
        await using var page = await OpenAsync(path);
        var bytes = await page.Page.EvaluateExpressionAsync<long>(
            "['navigation', 'resource'].flatMap(type => performance.getEntriesByType(type)).reduce((sum, entry) => sum + entry.decodedBodySize, 0)");

        TestContext.Out.WriteLine($"{path}: {bytes} bytes without compression");
        Assert.That(bytes, Is.InRange(10_000, 150_000));
    }

    [Test]
    public void AxeCore_File_HasDocumentedChecksum() => Assert.That(
        File.ReadAllText(Path.Combine(Folder, "README.md")),
        Does.Contain(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, "axe.min.js"))))));

    private static async Task<BrowserPage> OpenAsync(string path)
    {
        path = Ids.Aggregate(path, (filled, id) => filled.Replace($"{{{id.Key}}}", id.Value, StringComparison.Ordinal));
        var page = path == "/dashboard/sign-in" ? await Browser.OpenAsync(path) : await Browser.OpenSignedInAsync("/dashboard/time-zone");
        page.ExpectedErrors.Add("404 (Not Found)");
        page.ExpectedErrors.Add("400 (Bad Request)");
        var response = await page.Page.GoToAsync(Browser.Url(path));
        Assert.That((response.Status == HttpStatusCode.NotFound, await page.Page.QuerySelectorAsync("h1") is null), Is.EqualTo((path.EndsWith("nothing-here", StringComparison.Ordinal), false)));
        return page;
    }

    private static async Task<string> PostAsync(string path, string json, string id)
    {
        using var response = await Browser.Api.PostJsonAsync(path, json);
        return (string)(await response.JsonAsync())["data"]![id]!;
    }
}
