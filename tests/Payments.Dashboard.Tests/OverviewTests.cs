using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using Payments.Application.Totals;
using Payments.Dashboard.Overview;
using Payments.Domain;
using Payments.Domain.Payments;
using PuppeteerSharp;

namespace Payments.Dashboard.Tests;

public sealed class OverviewTests
{
    private const string Largest = "99999999999999999999999999999999999999";
    private const string Url = "/dashboard?asset=OVERVIEW/2&type=PAY-IN&window=7d";

    // Other tests have other assets.
    [OneTimeSetUp]
    public async Task RecordAsync()
    {
        var connector = await Browser.Api.InstallConnectorAsync("adyen");
        var number = 0;
        foreach (var (amount, status, days, scheme) in ((string, string, int, string)[])
            [
                (Largest, "SUCCEEDED", 0, "visa"), (Largest, "SUCCEEDED", 1, "visa"), ("123450", "REFUNDED", 1, "mastercard"),
                ("1000", "FAILED", 1, "visa"), ("50000", "DISPUTE", 2, "mastercard"), ("100", "SUCCEEDED", 40, "amex"),
            ])
        {
            using var response = await Browser.Api.PostJsonAsync("payments", Request.Payment(
                connector, ("reference", $"\"overview-{number++}\""), ("asset", "\"OVERVIEW/2\""), ("amount", amount), ("status", $"\"{status}\""),
                ("scheme", $"\"{scheme}\""), ("createdAt", $"\"{DateTime.UtcNow.AddDays(-days):yyyy-MM-dd'T'HH:mm:ss'Z'}\"")));
            Assert.That((int)response.StatusCode, Is.EqualTo(200));
        }

        await using var page = await Browser.OpenSignedInAsync(Url);
        var end = DateTime.UtcNow.AddSeconds(2);
        while (!(await page.TextAsync()).Contains("4 payments", StringComparison.Ordinal))
        {
            Assert.That(DateTime.UtcNow, Is.LessThan(end), "The totals are not right within a second.");
            await Task.Delay(100);
            await page.Page.ReloadAsync();
        }
    }

    [Test]
    public async Task Show_SumsBeyond38Digits_AreExact()
    {
        await using var page = await Browser.OpenSignedInAsync(Url);

        var tiles = await page.TextAsync(".stats");
        var volume = "1,999,999,999,999,999,999,999,999,999,999,999,999.98"; // both of the largest amounts
        Assert.Multiple(() =>
        {
            Assert.That(tiles, Does.Contain("2,000,000,000,000,000,000,000,000,000,000,001,734.48"));
            Assert.That(tiles, Does.Contain("OVERVIEW · 4 payments · 1 failed, canceled or expired not included"));
            Assert.That(tiles, Does.Contain("80.0%"));
            Assert.That(tiles, Does.Contain("1,234.50\n0.0% of volume"));
            Assert.That(tiles, Does.Contain("Open disputes\n1\n500.00 OVERVIEW left of these payments"));
        });
        var tables = await page.Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('table')].map(table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()).join(' ')).join(' ')).join('\\n')");
        Assert.That(tables, Does.Contain($"All days {volume} 10.00 1,234.50 500.00 2,000,000,000,000,000,000,000,000,000,000,001,744.48"));
        Assert.That(tables, Does.Contain("All days 2 1 1 1 5"));
        Assert.That(tables, Does.Contain($"visa {volume} 3 33.3%").And.Contain("mastercard 1,734.50 2 0.0%").And.Contain("Adyen 2,000"));
        Assert.That(tables, Does.Not.Contain("amex"));
    }

    [Test]
    public async Task Show_Plots_AreDrawnInTheColorsOfTheSchemeAndTheSizeOfTheWindow()
    {
        await using var page = await Browser.OpenSignedInAsync(Url);
        await page.Page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = "light" }]);
        await page.Page.ReloadAsync();
        Assert.That(await HasColorAsync(page, 0x12, 0x70, 0x4a), Is.True, "--ok in light colors");
        Assert.That(await HasColorAsync(page, 0x5f, 0xd3, 0x9b), Is.False, "--ok in dark colors");

        await page.Page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = "dark" }]);
        await page.Page.WaitForFunctionAsync(HasColor, 0x5f, 0xd3, 0x9b);
        Assert.That(await HasColorAsync(page, 0x12, 0x70, 0x4a), Is.False, "The plot was drawn again.");

        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 360, Height = 800 });
        await page.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('.plot canvas')].every(canvas => canvas.getBoundingClientRect().right <= innerWidth)");
        Assert.That(await page.Page.EvaluateExpressionAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, "The page scrolls sideways.");
    }

    [Test]
    public async Task Show_PointerOverBar_ReadsTheRowOfTheTable()
    {
        await using var page = await Browser.OpenSignedInAsync(Url);

        await page.Page.EvaluateExpressionAsync("document.querySelector('.plot').scrollIntoView()");
        var area = await (await page.Page.QuerySelectorAsync(".plot .u-over")).BoundingBoxAsync();
        await page.Page.Mouse.MoveAsync(area.X + (area.Width * 6.5m / 7), area.Y + (area.Height / 2));

        await page.Page.WaitForFunctionAsync("() => document.querySelector('.at').textContent !== ''");
        Assert.That(await page.TextAsync(".at"), Does.EndWith("Succeeded 999,999,999,999,999,999,999,999,999,999,999,999.99"));
    }

    [Test]
    public async Task Show_OwnDates_AreInTheUrlAndSelectTheDays()
    {
        await using var page = await Browser.OpenSignedInAsync(Url);
        Assert.That(await IsVisibleAsync(page), Is.False);
        var day = DateTime.UtcNow.AddDays(-40).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        await page.Page.SelectAsync("select[name=window]", "dates");
        Assert.That(await IsVisibleAsync(page), Is.True);
        await page.Page.EvaluateFunctionAsync("day => document.querySelectorAll('input[type=date]').forEach(input => input.value = day)", day);
        await page.SubmitAsync("form.window button");

        Assert.That(page.Page.Url, Does.EndWith($"/dashboard?asset=OVERVIEW%2F2&type=PAY-IN&window=dates&from={day}&to={day}"));
        Assert.That(await page.TextAsync(".stats"), Does.Contain("OVERVIEW · 1 payment"));
        Assert.That(await page.TextAsync(".overview"), Does.Contain("amex"));

        static Task<bool> IsVisibleAsync(BrowserPage page) => page.Page.EvaluateExpressionAsync<bool>("document.querySelector('input[name=from]').offsetWidth > 0");
    }

    [Test]
    public async Task Show_TwelveMonths_HasMonthsThatLeadToTheirDays()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard?asset=OVERVIEW/2&type=PAY-IN&window=12m");
        Assert.That(await page.TextAsync(".plots"), Does.Contain("Amounts by month and status"));

        await page.Page.ClickAsync(".plots summary");
        await page.SubmitAsync("tr[data-bar]:last-child a");

        var days = await page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('tr[data-bar]')].map(row => row.dataset.bar)");
        Assert.That(page.Page.Url, Does.Contain("&window=dates&from="));
        Assert.That(days, Does.Contain(DateTime.UtcNow.AddDays(-40).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Rows_LongWindow_AreMonthsWithTheirDaysInTheWindow()
    {
        var model = Model(new(2025, 5, 20), new(2026, 5, 19), new(2025, 5, 20), new(2025, 5, 31), new(2026, 5, 1));

        Assert.That(model.Rows.Select(row => (OverviewModel.Iso(row.Day), row.Totals.All.Count, row.DaysUrl)), Is.EqualTo(new (string, long, string?)[]
        {
            ("2026-05-01", 1, "/dashboard?asset=EUR%2F2&type=PAY-IN&window=dates&from=2026-05-01&to=2026-05-19"),
            ("2025-05-01", 2, "/dashboard?asset=EUR%2F2&type=PAY-IN&window=dates&from=2025-05-20&to=2025-05-31"),
        }));
        Assert.That(model.Bars, Is.EqualTo((new DateOnly(2025, 5, 1), new DateOnly(2026, 5, 1))));
    }

    [Test]
    public void Rows_ThreeMonths_AreDays()
    {
        var model = Model(new(2026, 3, 1), new(2026, 5, 31), new(2026, 3, 1), new(2026, 5, 31));

        Assert.That(model.Rows.Select(row => (OverviewModel.Iso(row.Day), row.DaysUrl)), Is.EqualTo(new (string, string?)[] { ("2026-05-31", null), ("2026-03-01", null) }));
        Assert.That(model.Bars, Is.EqualTo((new DateOnly(2026, 3, 1), new DateOnly(2026, 5, 31))));
    }

    [TestCase("from=2026-05-32&to=2026-06-01", "From must be a date")]
    [TestCase("from=2026-05-01", "To must be a date")]
    [TestCase("from=2026-05-02&to=2026-05-01", "To must not be before From.")]
    [TestCase("from=2024-05-01&to=2026-05-02", "From and To must be at most 731 days apart")]
    public async Task Show_WrongDates_NamesTheRuleAndKeepsTheDates(string dates, string rule)
    {
        await using var page = await Browser.OpenSignedInAsync($"/dashboard?asset=OVERVIEW/2&window=dates&{dates}");

        Assert.That(await page.TextAsync("[role=alert]"), Does.Contain(rule).And.Contain("The page shows the last 30 days."));
        Assert.That(await page.TextAsync(".stats"), Does.Contain("4 payments"));
        Assert.That(await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('[aria-invalid][aria-describedby=window-error]').length"), Is.EqualTo(2));
    }

    [Test]
    public async Task Show_NoPaymentsInWindow_LeadsToALongerOne()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard?asset=OVERVIEW/2&type=PAYOUT&window=7d");

        Assert.That(await page.TextAsync(".empty"), Does.Contain("No payout in OVERVIEW/2 was created"));
        await page.SubmitAsync(".empty a");
        Assert.That(page.Page.Url, Does.EndWith("?asset=OVERVIEW%2F2&type=PAYOUT&window=12m"));
    }

    [Test]
    public async Task Show_WithoutJavaScript_HasTheTables()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        await page.DisableJavaScriptAsync();
        await page.Page.GoToAsync(Browser.Url(Url));

        await page.Page.ClickAsync("details summary");
        Assert.That(await page.TextAsync("details table"), Does.Contain("999,999,999,999,999,999,999,999,999,999,999,999.99"));
    }

    [TestCase("dashboard/uplot/uPlot.iife.min.js", "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f")]
    [TestCase("dashboard/uplot/uPlot.min.css", "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04")]
    public void Uplot_File_IsUnchanged(string name, string sha256)
    {
        using var stream = Assembly.Load("Payments.Dashboard").GetManifestResourceStream(name)!;
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(stream)), Is.EqualTo(sha256));
    }

    private static OverviewModel Model(DateOnly first, DateOnly last, params IEnumerable<DateOnly> days)
    {
        var one = new StatusTotals();
        one.Add(PaymentStatus.Succeeded, new(1, 100, 100, 0));
        var totals = new Application.Totals.Overview(one, one, [.. days.Select(day => new GroupTotals<DateOnly>(day, one))], [], [], 1, 1);
        return new([], Sample.Value<Asset>("EUR/2"), PaymentType.PayIn, new("", first, last, "", "", null), totals);
    }

    private const string HasColor =
        """
        (r, g, b) => {
            const canvas = document.querySelector('.plot canvas');
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 0; i < data.length; i += 4) {
                if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) {
                    return true;
                }
            }
            return false;
        }
        """;

    private static async Task<bool> HasColorAsync(BrowserPage page, int red, int green, int blue) =>
        await page.Page.EvaluateFunctionAsync<bool>(HasColor, red, green, blue);
}
