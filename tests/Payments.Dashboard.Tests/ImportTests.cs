using System.Net.Http.Json;
using System.Text.Json;

namespace Payments.Dashboard.Tests;

public sealed class ImportTests
{
    private readonly TemporaryFolder _folder = new();
    private string _connector = "";

    [OneTimeSetUp]
    public async Task InstallAsync()
    {
        using var response = await Browser.Api.PostAsJsonAsync("/api/payments/connectors/acme", new { name = $"import {Guid.NewGuid():N}" });
        using var connector = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        _connector = connector.RootElement.GetProperty("data").GetProperty("connectorID").GetString()!;
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Import_CsvWithThreeFaults_ListsThemAndTheFixedLinesImport()
    {
        var (good, first, second, third) = (Line("a"), Line("b, with \"\"quotes\"\"", amount: "1.5"), Line("c", status: "DONE"), Line("d", asset: "usd"));
        var csv = $"reference,connectorID,createdAt,amount,type,status,scheme,asset,raw\n{good}\n{first}\n{second}\n{third}\n";
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");

        await ImportAsync(page, "faults.csv", csv);

        Assert.That(await page.TextAsync("#counts"), Does.Contain("Recorded\n1").And.Contain("Rejected, invalid\n3"));
        Assert.That(await page.TextAsync("#lines"), Does.Contain("amount must be").And.Contain("status must be").And.Contain("asset must be"));

        var rejected = await DownloadAsync(page);
        Assert.That(rejected, Is.EqualTo($"reference,connectorID,createdAt,amount,type,status,scheme,asset,raw\n{first}\n{second}\n{third}\n"));

        await ImportAsync(page, "fixed.csv", rejected.Replace("1.5", "15", StringComparison.Ordinal).Replace("DONE", "FAILED", StringComparison.Ordinal)
            .Replace(",usd,", ",USD/2,", StringComparison.Ordinal));
        Assert.That(await page.TextAsync("#counts"), Is.EqualTo("Recorded\n3"));
        Assert.That(await page.Page.EvaluateExpressionAsync<bool>("document.getElementById('rejected').hidden"), Is.True);
    }

    [Test]
    public async Task Import_AssetWithoutDecimals_SaysWhatItsAmountsMean()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");
        const string Header = "reference,connectorID,createdAt,amount,type,status,scheme,asset,raw\n";

        await ImportAsync(page, "euros.csv", $"{Header}{Line("whole", asset: "EUR")}\n{Line("cents", asset: "EUR/2")}\n");

        Assert.That(await page.TextAsync("#decimals"), Is.EqualTo("The asset EUR has no decimals: an amount of 1250 is recorded as 1,250 EUR, not as 12.50."));
        Assert.That(await page.TextAsync("#counts"), Is.EqualTo("Recorded\n2"));

        await ImportAsync(page, "cents.csv", $"{Header}{Line("other cents", asset: "EUR/2")}\n");
        Assert.That(await page.Page.EvaluateExpressionAsync<bool>("document.getElementById('decimals').hidden"), Is.True);
    }

    [Test]
    public async Task Template_WithItsAmountsSet_Imports()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");
        var template = await page.Page.EvaluateExpressionAsync<string>("fetch(document.querySelector('a[download]').href).then(response => response.text())");
        var lines = template.Split("\r\n").Where(line => line.Contains(_connector, StringComparison.Ordinal) || line.StartsWith("reference,", StringComparison.Ordinal)).ToList();
        Assert.That(lines, Has.Count.EqualTo(2), "the header, and the row of the connector");

        await ImportAsync(page, "template.csv", string.Join('\n', lines));
        Assert.That(await page.TextAsync("#lines"), Does.Contain("amount must be a whole number"), "nobody records the example");

        await ImportAsync(page, "filled.csv", string.Join('\n', lines).Replace("1250 is 12.50", "1250", StringComparison.Ordinal));
        Assert.That(await page.TextAsync("#counts"), Is.EqualTo("Recorded\n1"));
    }

    [Test]
    public async Task Import_BlankLinesBeforeTheHeader_DownloadHasTheHeader()
    {
        var (good, wrong) = (Line("a"), Line("b", amount: "1.5"));
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");

        await ImportAsync(page, "blank.csv", $"\uFEFF\n \t\r\nreference,connectorID,createdAt,amount,type,status,scheme,asset,raw\n{good}\n\n{wrong}\n");

        Assert.That(await page.TextAsync("#lines"), Does.Match(@"^6\s"));
        Assert.That(await DownloadAsync(page), Is.EqualTo($"reference,connectorID,createdAt,amount,type,status,scheme,asset,raw\n{wrong}\n"));
    }

    [Test]
    public async Task Import_MoreRejectedLinesThanTheServiceLists_SaysHowManyTheFileHas()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");

        await ImportAsync(page, "many.ndjson", string.Concat(Enumerable.Repeat("x\n", 100_001)));

        Assert.That(await page.TextAsync("#more"), Is.EqualTo(
            "The first 100 of 100,001 rejected lines. The file has the first 100,000 of 100,001 rejected lines."));
        Assert.That(await DownloadAsync(page), Has.Length.EqualTo(200_000));
    }

    [Test]
    public async Task Import_MissingHeader_ShowsTheErrorOfTheService()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");
        page.ExpectedErrors.Add("400");

        await ImportAsync(page, "wrong.csv", "reference,colour\na,red\n");

        Assert.That(await page.TextAsync("#error"), Does.Contain("colour"));
        Assert.That(await page.TextAsync("#state"), Is.EqualTo("Failed"));
    }

    [Test]
    public async Task Import_Markup_IsShownAsText()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/import");

        await ImportAsync(page, "markup.ndjson", "{\"reference\":\"x\",\"<img src=x onerror=alert(1)>\":1}\n");

        Assert.That(await page.TextAsync("#lines"), Does.Contain("<img src=x onerror=alert(1)>"));
        Assert.That(await page.Page.QuerySelectorAsync("#lines img"), Is.Null);
    }

    private string Line(string reference, string amount = "100", string status = "SUCCEEDED", string asset = "USD/2") =>
        $"\"{reference} {Guid.NewGuid():N}\",{_connector},2026-01-01T00:00:00Z,{amount},PAY-IN,{status},visa,{asset},\"{{\n}}\"";

    private async Task ImportAsync(BrowserPage page, string name, string content)
    {
        var path = Path.Combine(_folder.Path, name);
        await File.WriteAllTextAsync(path, content);
        await (await page.Page.QuerySelectorAsync("#file")).UploadFileAsync(path);
        await page.Page.EvaluateExpressionAsync("scrollTo(0, 0)"); // or the bar on top may cover the button
        await page.Page.ClickAsync("#start:not(:disabled)");
        await page.Page.WaitForFunctionAsync("() => ['Done', 'Failed', 'Ended early'].includes(document.getElementById('state').innerText)");
    }

    private static async Task<string> DownloadAsync(BrowserPage page)
    {
        // The page makes a URL of the file, whose content the test reads instead of saving it.
        await page.Page.EvaluateExpressionAsync("URL.createObjectURL = file => { window.saved = file.text(); return 'blob:none'; }; HTMLAnchorElement.prototype.click = () => {}");
        await page.Page.ClickAsync("#download");
        await page.Page.WaitForFunctionAsync("() => window.saved");
        return await page.Page.EvaluateExpressionAsync<string>("window.saved");
    }
}
