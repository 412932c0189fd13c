using System.Security.Cryptography;
using PuppeteerSharp;

namespace Payments.Dashboard.Tests;

/// <summary>Every page in both color schemes, examined by axe-core, and at 360 px.</summary>
public sealed class AccessibilityTests
{
    // Add each new page here.
    private static readonly string[] Pages =
    [
        "/dashboard",
        "/dashboard/system",
        "/dashboard/sign-in",
        "/dashboard/nothing-here",
    ];

    private static readonly string Folder = Path.Combine(RepositoryFolder.Path, "tests", "Payments.Dashboard.Tests", "axe-core");
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(Folder, "axe.min.js")));

    [Test]
    public async Task Page_InEachColorScheme_HasNoSeriousFinding([ValueSource(nameof(Pages))] string path, [Values] ColorScheme scheme)
    {
        await using var page = await OpenAsync(path);
        await page.Page.EmulateMediaFeaturesAsync(
        [
            new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme.ToString().ToLowerInvariant() },
            // Otherwise axe-core may see a color on its way to the other one.
            new() { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
        ]);

        // The content security policy does not apply to scripts of the browser's debugger.
        await page.Page.EvaluateExpressionAsync(Axe.Value);
        var findings = await page.Page.EvaluateExpressionAsync<string[]>(
            """
            axe.run().then(results => results.violations.filter(rule => ['serious', 'critical'].includes(rule.impact))
                .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`)))
            """);

        Assert.That(findings, Is.Empty);
    }

    [TestCaseSource(nameof(Pages))]
    public async Task Page_360PixelsWide_FitsTheScreen(string path)
    {
        await using var page = await OpenAsync(path);
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 360, Height = 800 });

        Assert.That(await page.Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(360));
    }

    [Test]
    public void AxeCore_File_HasDocumentedChecksum() => Assert.That(
        File.ReadAllText(Path.Combine(Folder, "README.md")),
        Does.Contain(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, "axe.min.js"))))));

    private static async Task<BrowserPage> OpenAsync(string path)
    {
        var page = path == "/dashboard/sign-in" ? await Browser.OpenAsync(path) : await Browser.OpenSignedInAsync(path);
        page.ExpectedErrors.Add("404 (Not Found)");
        return page;
    }

    public enum ColorScheme
    {
        Light,
        Dark,
    }
}
