using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using PuppeteerSharp;

namespace Payments.Dashboard.Tests.Payments;

/// <summary>The list and the page of a payment in a browser.</summary>
public sealed class PaymentPagesTests
{
    private const string Script = "\"><img src=x onerror=document.title='stolen'><script>document.title='stolen'</script>";

    [Test]
    public async Task Filters_LastWeeksFailedStripePaymentsOver100Eur_FindThem()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        var prefix = $"{Guid.NewGuid()}";
        await AddAsync(connector, $"{prefix}-found", ("status", "\"FAILED\""), ("amount", "10001"), ("raw", """{"last_payment_error":{"message":"Your card has expired."}}"""));
        await AddAsync(connector, $"{prefix}-less", ("status", "\"FAILED\""), ("amount", "9999"));
        await AddAsync(connector, $"{prefix}-paid", ("status", "\"SUCCEEDED\""), ("amount", "10001"));
        await AddAsync(connector, $"{prefix}-usd", ("status", "\"FAILED\""), ("amount", "10001"), ("asset", "\"USD/2\""));
        await AddAsync(connector, $"{prefix}-old", ("status", "\"FAILED\""), ("amount", "10001"), ("createdAt", Time(-20)));
        await AddAsync(await Browser.Api.InstallConnectorAsync("adyen"), $"{prefix}-adyen", ("status", "\"FAILED\""), ("amount", "10001"));
        await using var page = await Browser.OpenSignedInAsync("/dashboard/payments");

        await AddFilterAsync(page, "status", () => page.Page.ClickAsync("input[value=FAILED]"));
        await AddFilterAsync(page, "provider", () => page.Page.ClickAsync("input[value=stripe]"));
        for (var i = 0; i < 50 && await page.Page.QuerySelectorAsync("#filter-amount-asset option[value='EUR/2']") is null; i++)
        {
            await Task.Delay(200); // the totals count a new asset within a second
            await page.Page.ReloadAsync();
        }

        await AddFilterAsync(page, "amount", async () =>
        {
            await page.Page.TypeAsync("#filter-amount-from", "100.00");
            await page.Page.SelectAsync("#filter-amount-asset", "EUR/2");
        });
        await OpenMenuAsync(page, "date");
        await Task.WhenAll(page.Page.WaitForNavigationAsync(), page.Page.EvaluateExpressionAsync("[...document.querySelectorAll('.choices a')].find(a => a.textContent === 'Last 7 days').click()"));

        Assert.That(await ReferencesAsync(page, prefix), Is.EqualTo(new[] { $"{prefix}-found" }));
        Assert.That(
            WebUtility.UrlDecode(new Uri(page.Page.Url).Query),
            Does.StartWith("?status=FAILED&provider=stripe&asset=EUR/2&amountGte=10000&createdAtFrom="));
        await page.SubmitAsync(".list a");
        Assert.That(await page.TextAsync(".reason"), Is.EqualTo("Reason Your card has expired."));
        await page.Page.GoBackAsync();

        await page.SubmitAsync("a[aria-label='Remove the filter Status']");
        Assert.That(await ReferencesAsync(page, prefix), Is.EquivalentTo(new[] { $"{prefix}-found", $"{prefix}-paid" }));
    }

    [Test]
    public async Task Filters_WithoutJavaScript_Work()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await AddAsync(connector, "plain", ("metadata", """{"color":"red"}"""));
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        await page.DisableJavaScriptAsync();
        await page.Page.GoToAsync(Browser.Url($"/dashboard/payments?connectorID={connector}"));

        await page.Page.ClickAsync("details:has(#filter-metadata-key) > summary");
        await page.Page.TypeAsync("#filter-metadata-key", "color");
        await page.Page.TypeAsync("#filter-metadata-value", "red");
        await page.SubmitAsync("details:has(#filter-metadata-key) button[type=submit]");

        Assert.That(page.Page.Url, Does.EndWith($"?connectorID={connector}&metadata[color]=red"));
        Assert.That((await page.Page.QuerySelectorAllAsync(".list tbody tr")).Length, Is.EqualTo(1));
    }

    [Test]
    public async Task Filters_RareOne_IsInTheMenuOfTheOthers()
    {
        await AddAsync(await Browser.Api.InstallConnectorAsync(), "rarely-filtered");
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        await page.DisableJavaScriptAsync();
        await page.Page.GoToAsync(Browser.Url("/dashboard/payments"));

        await page.Page.ClickAsync("details.menu:has(#filter-reference) > summary");
        await page.Page.ClickAsync("details:not(.menu):has(#filter-reference) > summary");
        await page.Page.TypeAsync("#filter-reference", "rarely-filtered");
        await page.SubmitAsync("form:has(#filter-reference) button[type=submit]");

        Assert.That(page.Page.Url, Does.EndWith("?reference=rarely-filtered"));
        Assert.That((await page.Page.QuerySelectorAllAsync(".list tbody tr")).Length, Is.EqualTo(1));
    }

    [Test]
    public async Task Filters_LeftWithoutApply_CountAndTheNextOneOpens()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await AddAsync(connector, "unapplied", ("amount", "10000"));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}");
        await page.Page.ClickAsync("#menu-status > summary");
        await page.Page.ClickAsync("#menu-status input[value=SUCCEEDED]");
        await page.SubmitAsync("#menu-amount > summary");
        Assert.That(page.Page.Url, Does.EndWith("&status=SUCCEEDED"));

        await page.Page.WaitForSelectorAsync("#menu-amount[open]");
        await page.Page.WaitForFunctionAsync("() => document.activeElement.id === 'filter-amount-from'");
        await page.Page.Keyboard.TypeAsync("100");
        await page.Page.SelectAsync("#filter-amount-asset", "");
        await page.SubmitAsync("h1");
        Assert.That(page.Page.Url, Does.EndWith("&status=SUCCEEDED&amountGte=100"), "beside the menu");

        await page.Page.ClickAsync("#menu-amount > summary");
        await page.Page.WaitForFunctionAsync("() => document.activeElement.id === 'filter-amount-from'");
        await page.Page.Keyboard.PressAsync("End");
        await page.Page.Keyboard.TypeAsync("9");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.ClickAsync("h1");
        Assert.That(await page.Page.EvaluateExpressionAsync<string>("document.querySelector('#filter-amount-from').value"), Is.EqualTo("100"), "Escape discards");
        Assert.That(page.Page.Url, Does.EndWith("&status=SUCCEEDED&amountGte=100"));

        await page.Page.ClickAsync("#menu-amount > summary");
        await page.Page.WaitForFunctionAsync("() => document.activeElement.id === 'filter-amount-from'");
        await page.Page.Keyboard.PressAsync("End");
        await page.Page.Keyboard.TypeAsync("0");
        await page.SubmitAsync("#menu-amount > summary");
        Assert.That(page.Page.Url, Does.EndWith("&status=SUCCEEDED&amountGte=1000"), "its own summary");

        // The last form that is open counts, not the first one that was changed.
        await page.Page.ClickAsync("#menu-more > summary");
        await page.Page.ClickAsync("#menu-more details:has(#filter-reference) > summary");
        await page.Page.TypeAsync("#filter-reference", "unapplied");
        await page.SubmitAsync("h1");
        Assert.That(page.Page.Url, Does.EndWith("&amountGte=1000&reference=unapplied"));
    }

    [Test]
    public async Task Filters_InvalidAmount_StaysInTheOpenMenuWithItsRule()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/payments?asset=EUR/2");
        page.ExpectedErrors.Add("400");
        await AddFilterAsync(page, "amount", () => page.Page.TypeAsync("#filter-amount-from", "100,00"));

        var input = await page.Page.QuerySelectorAsync("#filter-amount-from[aria-invalid=true][aria-describedby=filter-amount-from-error]");
        Assert.That(await input.EvaluateFunctionAsync<string>("input => input.value"), Is.EqualTo("100,00"));
        Assert.That(await page.TextAsync("#filter-amount-from-error"), Does.StartWith("At least must be an amount in EUR such as 100.50"));
    }

    [Test]
    public async Task List_WrongParameters_SaysWhichAndHow()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        page.ExpectedErrors.Add("400");
        var response = await page.Page.GoToAsync(Browser.Url("/dashboard/payments?status=failed&pageSize=7&color=red"));
        Assert.That(response.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await page.TextAsync("[role=alert]"), Does.Contain("status must be one of").And.Contain("pageSize must be one of: 25, 50, 100").And.Contain("color is not a filter"));
    }

    [Test]
    public async Task List_ManyPayments_PagesForwardAndBackWithoutGaps()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        for (var i = 0; i < 60; i++)
        {
            await AddAsync(connector, $"p{i:00}", ("createdAt", $"\"2024-05-01T12:{i:00}:00Z\""));
        }

        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}&sort=createdAt:asc");
        var seen = await ReferencesAsync(page, "p");
        await page.SubmitAsync("a[rel=next]");
        var second = await ReferencesAsync(page, "p");
        await page.SubmitAsync("a[rel=next]");
        Assert.That(seen.Concat(second).Concat(await ReferencesAsync(page, "p")), Is.EqualTo(Enumerable.Range(0, 60).Select(i => $"p{i:00}")));
        Assert.That(await page.Page.QuerySelectorAsync("a[rel=next]"), Is.Null);

        await page.SubmitAsync("a[rel=prev]");
        Assert.That(await ReferencesAsync(page, "p"), Is.EqualTo(second));
    }

    [Test]
    public async Task List_KeyboardOnly_OpensAPayment()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        var id = await AddAsync(connector, "by-keyboard");
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}");
        for (var i = 0; i < 60 && !await page.Page.EvaluateExpressionAsync<bool>("document.activeElement.matches('.list a')"); i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
        }

        await Task.WhenAll(page.Page.WaitForNavigationAsync(), page.Page.Keyboard.PressAsync("Enter"));
        Assert.That(page.Page.Url, Is.EqualTo(Browser.Url($"/dashboard/payments/{id}")));
    }

    [Test]
    public async Task List_Escape_ClosesTheMenuAndReturnsToItsButton()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/payments");
        await OpenMenuAsync(page, "type");
        await page.Page.FocusAsync("input[value=PAYOUT]");
        await page.Page.Keyboard.PressAsync("Escape");
        Assert.That(await page.Page.QuerySelectorAsync("details.menu[open]"), Is.Null);
        Assert.That(await page.Page.EvaluateExpressionAsync<string>("document.activeElement.textContent"), Is.EqualTo("+ Type"));
    }

    [Test]
    public async Task Search_IdReferenceAndAmount_SayWhatWasSearched()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        var reference = $"{Guid.NewGuid()}";
        var id = await AddAsync(connector, reference, ("amount", "7770123"));
        await using var page = await Browser.OpenSignedInAsync("/dashboard/payments");

        await SearchAsync(page, id);
        Assert.That(page.Page.Url, Does.EndWith($"/dashboard/payments/{id}"));

        await page.Page.GoToAsync(Browser.Url("/dashboard/payments"));
        await SearchAsync(page, reference);
        Assert.That(await page.TextAsync(".notice[role=status]"), Is.EqualTo($"Searched for: Reference {reference}."));
        Assert.That(await ReferencesAsync(page, reference), Has.Count.EqualTo(1));

        await SearchAsync(page, "77701.23");
        Assert.That(await page.TextAsync(".notice[role=status]"), Is.EqualTo("Searched for: Amount 7770123 in minor units."));
        Assert.That(await ReferencesAsync(page, reference), Has.Count.EqualTo(1));

        await SearchAsync(page, "7770123");
        Assert.That(await page.TextAsync(), Does.Contain("No payments match"));
        await page.SubmitAsync(".notice[role=status] a");
        Assert.That(await ReferencesAsync(page, reference), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Filter_AssetWithoutDecimals_OffersTheAssetWithTwo()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await AddAsync(connector, "euros", ("amount", "15000"));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}&asset=EUR&amountGte=100");
        Assert.That(await page.TextAsync(".empty"), Does.Contain("EUR is an asset without decimals."));

        await page.SubmitAsync(".empty a");
        Assert.That(await ReferencesAsync(page, "euros"), Has.Count.EqualTo(1));
    }

    [TestCase("csv", "text/csv", 3)]
    [TestCase("ndjson", "application/x-ndjson", 2)]
    public async Task Export_FilteredList_HasThePaymentsOfTheList(string format, string type, int lines)
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await AddAsync(connector, "a", ("status", "\"FAILED\""));
        await AddAsync(connector, "b", ("status", "\"FAILED\""));
        await AddAsync(connector, "c", ("status", "\"SUCCEEDED\""));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}&status=FAILED");

        var export = await page.Page.EvaluateFunctionAsync<string>(
            """
            async format => {
                const response = await fetch([...document.querySelectorAll('a[download]')].find(link => link.href.includes(`format=${format}`)).href);
                return `${response.status} ${response.headers.get('content-type')} ${(await response.text()).trim().split('\n').length}`;
            }
            """,
            format);
        Assert.That(export, Does.StartWith($"200 {type}").And.EndWith($" {lines}"));
    }

    [Test]
    public async Task Export_WithoutSession_LeadsToTheSignIn()
    {
        using var client = new HttpClient { BaseAddress = Browser.Api.BaseAddress };
        using var response = await client.GetAsync(new Uri("/dashboard/payments/export", UriKind.Relative));
        Assert.That(response.RequestMessage!.RequestUri!.AbsolutePath, Is.EqualTo("/dashboard/sign-in"));
    }

    [Test]
    public async Task Refund_10Eur_IsRecordedAndLeavesTheRest()
    {
        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "to-refund", ("status", "\"SUCCEEDED\""), ("amount", "10000"));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        await page.Page.ClickAsync("a[data-open=add-adjustment]");
        await page.Page.TypeAsync("#amount", "10.00");
        await page.Page.TypeAsync("#reference", "re_1");
        Assert.That(await page.TextAsync("[data-preview]"), Is.EqualTo("Refund 10.00 EUR; 90.00 EUR will be left."));
        await page.SubmitAsync("#add-adjustment button[type=submit]");

        Assert.That(await page.TextAsync("[role=status]"), Is.EqualTo("The adjustment is recorded."));
        Assert.That(await page.TextAsync(".amount"), Is.EqualTo("90.00 EUR left"));
        Assert.That(await page.TextAsync(".sums"), Does.Match(@"Initial\s+100\.00\s+Captured\s+100\.00\s+Refunded\s+10\.00"));
        Assert.That(await page.TextAsync("ol.time > li"), Does.Match(@"Refunded\s+10\.00 EUR\s+re_1").And.Match("Status\\s+Succeeded\\s+→\\s+Refunded").And.Match(@"Left\s+100\.00\s+→\s+90\.00"));
    }

    [Test]
    public async Task Refund_MoreThanIsLeft_ShowsTheRuleBesideTheAmountAndKeepsTheForm()
    {
        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "over", ("status", "\"SUCCEEDED\""), ("amount", "10000"));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        page.ExpectedErrors.Add("409");
        await page.Page.ClickAsync("a[data-open=add-adjustment]");
        await page.Page.TypeAsync("#amount", "100.01");
        await page.Page.TypeAsync("#reference", "re_2");
        await page.SubmitAsync("#add-adjustment button[type=submit]");

        Assert.That(await page.TextAsync("#amount-error"), Does.StartWith("amount must be at most 100.00 EUR, which is left to refund"));
        Assert.That(await ValuesAsync(page, "#amount[aria-invalid=true]", "#reference"), Is.EqualTo(new[] { "100.01", "re_2" }));
        Assert.That(await page.TextAsync(".amount"), Is.EqualTo("100.00 EUR left"));
    }

    [Test]
    public async Task Refund_NothingTyped_NamesEveryField()
    {
        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "blank", ("status", "\"SUCCEEDED\""));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        page.ExpectedErrors.Add("400");
        await page.Page.ClickAsync("a[data-open=add-adjustment]");
        await page.SubmitAsync("#add-adjustment button[type=submit]");

        Assert.That(await page.TextAsync("#amount-error"), Is.EqualTo("amount is required"));
        Assert.That(await page.TextAsync("#reference-error"), Is.EqualTo("reference is required"));
    }

    [Test]
    public async Task Refund_PaymentChangedMeanwhile_ShowsWhatIsThereNowAndWorksAgain()
    {
        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "raced", ("status", "\"SUCCEEDED\""), ("amount", "10000"));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        page.ExpectedErrors.Add("409");
        await page.Page.ClickAsync("a[data-open=add-adjustment]");
        await page.Page.TypeAsync("#amount", "10");
        await page.Page.TypeAsync("#reference", "re_mine");
        using var other = await Browser.Api.PostJsonAsync($"payments/{id}/adjustments", $$"""{"reference":"re_other","createdAt":{{Time(0)}},"status":"REFUNDED","amount":2500}""");
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await page.SubmitAsync("#add-adjustment button[type=submit]");

        Assert.That(await page.TextAsync("[role=alert]"), Does.Contain("Somebody changed this payment").And.Contain("75.00 EUR left"));
        Assert.That(await ValuesAsync(page, "#amount", "#reference"), Is.EqualTo(new[] { "10", "re_mine" }));
        await page.SubmitAsync("#add-adjustment button[type=submit]");
        Assert.That(await page.TextAsync(".amount"), Is.EqualTo("65.00 EUR left"));
    }

    [Test]
    public async Task Metadata_AddChangeAndRemove_AreSavedWithTheirHistory()
    {
        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "described", ("metadata", """{"change":"old","remove":"x","stay":"y"}"""));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        await page.Page.ClickAsync("a[data-open=edit-metadata]");
        await FillAsync(page, "#value-0", "new");
        await page.Page.ClickAsync("input[name=remove][value=remove]");
        await page.Page.TypeAsync("#newKey", "add");
        await page.Page.TypeAsync("#newValue", "z");
        await page.SubmitAsync("#edit-metadata button[type=submit]");

        Assert.That(await page.TextAsync("[role=status]"), Is.EqualTo("The metadata is saved."));
        Assert.That(await MetadataAsync(page), Is.EqualTo("add z change new stay y"));
        Assert.That(await page.TextAsync("ol.time > li"), Does.Match(@"Metadata changed[\s\S]*add\s+none\s+→\s+z\s+change\s+old\s+→\s+new\s+remove\s+x\s+→\s+none"));
    }

    // A browser sends a character of three bytes as nine, and each value twice.
    [Test]
    public async Task Metadata_LargestValues_AreSaved()
    {
        var metadata = new Dictionary<string, string>();
        for (var i = 10; i < 35; i++)
        {
            metadata.Add($"key{i}", new string('値', 1000));
        }

        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "large", ("metadata", JsonSerializer.Serialize(metadata)));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        await page.Page.ClickAsync("a[data-open=edit-metadata]");
        await page.Page.EvaluateExpressionAsync("document.querySelector('#value-0').value = '新'.repeat(1000)");
        await page.SubmitAsync("#edit-metadata button[type=submit]");

        Assert.That(await page.TextAsync("[role=status]"), Is.EqualTo("The metadata is saved."));
        Assert.That(await page.TextAsync("dl.facts dd"), Is.EqualTo(new string('新', 1000)));
    }

    [Test]
    public async Task Metadata_ChangedMeanwhile_ShowsBothAndSavesTheSecondTime()
    {
        var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "contested", ("metadata", """{"both":"old","theirs":"old"}"""));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
        page.ExpectedErrors.Add("409");
        await page.Page.ClickAsync("a[data-open=edit-metadata]");
        await FillAsync(page, "#value-0", "mine");
        using var patch = new HttpRequestMessage(HttpMethod.Patch, $"api/payments/payments/{id}/metadata") { Content = JsonContent("""{"both":"their both","theirs":"their own"}""") };
        using var other = await Browser.Api.SendAsync(patch);
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await page.SubmitAsync("#edit-metadata button[type=submit]");

        Assert.That(await page.TextAsync("[role=alert]"), Does.Contain("Somebody changed this payment after you opened the form. Nothing was saved."));
        Assert.That(await ValuesAsync(page, "#value-0", "#value-1"), Is.EqualTo(new[] { "mine", "their own" }));
        Assert.That(await page.TextAsync(".now"), Is.EqualTo("Recorded now: their both"));
        Assert.That(await MetadataAsync(page), Is.EqualTo("both their both theirs their own"));

        await page.SubmitAsync("#edit-metadata button[type=submit]");
        Assert.That(await MetadataAsync(page), Is.EqualTo("both mine theirs their own"));
    }

    [Test]
    public async Task Payment_38Digits_AreExactInTheListThePageAndARefund()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        var id = await AddAsync(connector, "long", ("status", "\"SUCCEEDED\""), ("amount", "99999999999999999999999999999999999999"));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}");
        Assert.That(await page.TextAsync(".list tbody td.num"), Does.StartWith("999,999,999,999,999,999,999,999,999,999,999,999.99 EUR"));

        await page.Page.GoToAsync(Browser.Url($"/dashboard/payments/{id}"));
        await page.Page.ClickAsync("a[data-open=add-adjustment]");
        await page.Page.TypeAsync("#amount", "0.01");
        await page.Page.TypeAsync("#reference", "re_3");
        Assert.That(await page.TextAsync("[data-preview]"), Is.EqualTo("Refund 0.01 EUR; 999,999,999,999,999,999,999,999,999,999,999,999.98 EUR will be left."));
        await page.SubmitAsync("#add-adjustment button[type=submit]");
        Assert.That(await page.TextAsync(".amount"), Is.EqualTo("999,999,999,999,999,999,999,999,999,999,999,999.98 EUR left"));
    }

    [Test]
    public async Task Pages_StoredMarkup_IsShownAsText()
    {
        var markup = JsonSerializer.Serialize(Script);
        using var installed = await Browser.Api.PostJsonAsync("connectors/stripe", $$"""{"name":{{JsonSerializer.Serialize(Script[..50] + Guid.NewGuid())}}}""");
        var connector = (string)(await installed.JsonAsync())["data"]!["connectorID"]!;
        var account = new AccountId(Sample.Value<ConnectorId>(connector), Sample.Value<AccountReference>(Script));
        var id = await AddAsync(
            connector, Script, ("metadata", $$"""{ {{JsonSerializer.Serialize(Script[..70])}}:{{markup}} }"""), ("raw", $$"""{"text":{{markup}}}"""), ("sourceAccountID", $"\"{account}\""));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}&metadata[{Uri.EscapeDataString(Script[..70])}]={Uri.EscapeDataString(Script)}");
        await AssertTextAsync(page, ".list a");
        await page.Page.GoToAsync(Browser.Url($"/dashboard/payments/{id}"));
        await AssertTextAsync(page, "h1");
        await page.Page.GoToAsync(Browser.Url($"/dashboard/payments/search?text={Uri.EscapeDataString(Script)}"));
        await AssertTextAsync(page, "[role=status] b", $"Reference {Script}");
        page.ExpectedErrors.Add("400");
        await page.Page.GoToAsync(Browser.Url($"/dashboard/payments?{Uri.EscapeDataString(Script)}=1&status={Uri.EscapeDataString(Script)}"));
        await AssertTextAsync(page, "[role=alert] code");

        static async Task AssertTextAsync(BrowserPage page, string selector, string text = Script)
        {
            Assert.That(await page.Page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).textContent", selector), Is.EqualTo(text));
            Assert.That(await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('img[src=x], main script').length"), Is.Zero);
            Assert.That(await page.Page.GetTitleAsync(), Is.Not.EqualTo("stolen"));
        }
    }

    [TestCase("/dashboard/payments/x")]
    [TestCase($"/dashboard/payments/{Sample.PaymentId}")]
    public async Task Payment_UnknownId_Is404(string path)
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        page.ExpectedErrors.Add("404");
        var response = await page.Page.GoToAsync(Browser.Url(path));
        Assert.That((response.Status, await page.TextAsync("h1")), Is.EqualTo((HttpStatusCode.NotFound, "Not found")));
    }

    [Test]
    public async Task Payment_FailedDelivery_IsListedWithItsEndpoint()
    {
        using var created = await Browser.Api.PostJsonAsync("webhooks", """{"url":"http://127.0.0.1:9/hook"}""");
        var webhook = (string)(await created.JsonAsync())["data"]!["id"]!;
        try
        {
            var id = await AddAsync(await Browser.Api.InstallConnectorAsync(), "delivered");
            await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments/{id}");
            // Other endpoints can have the same URL.
            var link = $"a[href='/dashboard/webhooks/{webhook}']";
            for (var i = 0; i < 50 && await page.Page.QuerySelectorAsync(link) is null; i++)
            {
                await Task.Delay(200);
                await page.Page.ReloadAsync();
            }

            Assert.That(await page.TextAsync(".deliveries"), Does.Match(@"Retrying\s+http://127.0.0.1:9/hook\s+event [\d,]+ · \d+ attempts? · next "));
            Assert.That(await page.Page.QuerySelectorAsync(link), Is.Not.Null);
        }
        finally
        {
            using var deleted = await Browser.Api.DeleteAsync(new Uri($"api/payments/webhooks/{webhook}", UriKind.Relative));
        }
    }

    [Test]
    public async Task Payment_ProviderEvents_AreListedOnItsPageAndLinkBothWays()
    {
        var connector = await Browser.Api.InstallWithSettingsAsync("stripe", SignedEvents.StripeSettings);
        await PostAsync(JsonSerializer.Serialize(Script)[1..^1], "payment_intent.succeeded", 5, SignedEvents.Intent("pi_shown", "succeeded"));
        await PostAsync("evt_refund", "refund.created", 9, SignedEvents.Refund("re_1", "pi_shown", 300, 9));
        await PostAsync("evt_again", "payment_intent.succeeded", 6, SignedEvents.Intent("pi_shown", "succeeded"));
        await PostAsync("evt_other", "payment_intent.succeeded", 5, SignedEvents.Intent("pi_other", "succeeded"));
        await AddAsync(connector, "pi_of_client");
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        await page.DisableJavaScriptAsync();
        await ShowAsync("pi_shown");

        const string Section = "section:has(#provider-events)";
        Assert.That(
            await page.TextAsync(Section),
            Does.Match(
                @"^Provider events\s+Ignored\s+payment_intent.succeeded\s+createdAt .+\s+evt_again · received .+\s+"
                + @"Applied\s+refund.created\s+evt_refund · received .+\s+Applied\s+payment_intent.succeeded\s+" + Regex.Escape(Script) + " · received .+$"));
        Assert.That(await page.Page.QuerySelectorAsync("main img"), Is.Null);

        await page.SubmitAsync($"{Section} li:nth-child(2) a");
        Assert.That(await page.TextAsync(), Does.Contain("refund.created").And.Contain("evt_refund").And.Contain("Provider's object"));
        await page.SubmitAsync("dl a[href^='/dashboard/payments/']");
        Assert.That(await page.TextAsync("h1"), Is.EqualTo("pi_shown"));

        await ShowAsync("pi_other");
        Assert.That(await page.TextAsync(Section), Does.Contain("evt_other").And.Not.Contain("evt_refund").And.Not.Contain("newest"));
        await ShowAsync("pi_of_client");
        Assert.That(await page.Page.QuerySelectorAsync(Section), Is.Null);

        for (var i = 0; i < 20; i++)
        {
            await PostAsync($"evt_repeated_{i}", "payment_intent.succeeded", 10 + i, SignedEvents.Intent("pi_other", "succeeded"));
        }

        await ShowAsync("pi_other");
        Assert.That((await page.Page.QuerySelectorAllAsync($"{Section} li")).Length, Is.EqualTo(20));
        Assert.That(await page.TextAsync(Section), Does.Contain("These are the newest 20.").And.Not.Contain("evt_other"));

        async Task PostAsync(string key, string kind, int at, string body) =>
            (await Browser.Api.PostStripeEventAsync(connector, SignedEvents.StripeEvent(key, kind, at, body))).Dispose();

        async Task ShowAsync(string reference)
        {
            await page.Page.GoToAsync(Browser.Url($"/dashboard/payments?connectorID={connector}&reference={reference}"));
            await page.SubmitAsync(".list tbody a");
        }
    }

    [Test]
    public async Task TimeZone_ChosenByTheReader_IsUsedByTheList()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await AddAsync(connector, "zoned", ("createdAt", "\"2024-05-01T23:30:00Z\""));
        await using var page = await Browser.OpenSignedInAsync($"/dashboard/payments?connectorID={connector}");
        await page.SubmitAsync("a[href^='/dashboard/time-zone']");
        await page.Page.SelectAsync("#zone", "Asia/Tokyo");
        await page.SubmitAsync("main button[type=submit]");

        Assert.That(page.Page.Url, Does.EndWith($"/dashboard/payments?connectorID={connector}"));
        Assert.That(await page.TextAsync(".list thead th"), Is.EqualTo("Date (Asia/Tokyo)"));
        Assert.That(await page.TextAsync(".list time"), Is.EqualTo("2 May 2024, 08:30:00"));
        Assert.That(await page.Page.EvaluateExpressionAsync<string>("document.querySelector('.list time').title"), Is.EqualTo("2024-05-01 23:30:00 UTC"));
    }

    [TestCase(360)]
    [TestCase(800)]
    public async Task Pages_NarrowScreen_AreNotWiderThanIt(int width)
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        var id = await AddAsync(
            connector, new string('r', 300), ("amount", new string('9', 38)), ("metadata", $$"""{"{{new string('k', 100)}}":"{{new string('v', 500)}}"}"""), ("raw", $$"""{"a":"{{new string('w', 500)}}"}"""));
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 700 });
        foreach (var path in new[] { $"/dashboard/payments?connectorID={connector}", $"/dashboard/payments/{id}", $"/dashboard/payments/{id}#edit-metadata", "/dashboard/time-zone" })
        {
            await page.Page.GoToAsync(Browser.Url(path));
            await page.Page.EvaluateExpressionAsync("document.querySelectorAll('main details:not(.menu)').forEach(details => { details.open = true; })");
            Assert.That(await page.Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), Is.EqualTo(width), path);
        }
    }

    [Test]
    public async Task List_1280Pixels_HasTheFiltersOnOneLine()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/payments?status=FAILED&asset=EUR/2");
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 700 });

        var middles = await page.Page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelectorAll('#search, summary.chip')].filter(e => e.offsetWidth > 0).map(e => e.getBoundingClientRect()).map(box => Math.round((box.top + box.bottom) / 2))");

        Assert.That(middles, Has.Length.EqualTo(9).And.All.EqualTo(middles[0]).Within(2));
    }

    [TestCase(360)]
    [TestCase(800)]
    [TestCase(1280)]
    public async Task Menus_AnyWidth_AreOnTheScreen(int width)
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/payments");
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 700 });

        var boxes = await page.Page.EvaluateFunctionAsync<double[][]>(
            """
            async () => {
                const boxes = [];
                for (const menu of document.querySelectorAll('details.menu')) {
                    const isOpen = new Promise(resolve => menu.addEventListener('toggle', () => setTimeout(resolve), { once: true }));
                    menu.open = true;
                    await isOpen;
                    const box = menu.querySelector('.panel').getBoundingClientRect();
                    boxes.push([box.left, box.right]);
                    menu.open = false;
                }
                return boxes;
            }
            """);

        Assert.That(boxes, Is.Not.Empty.And.All.Matches<double[]>(box => box is [>= 0, var right] && right <= width));
    }

    private static string Time(int days) => $"\"{DateTime.UtcNow.AddDays(days).AddMinutes(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}\"";

    private static StringContent JsonContent(string json) => new(json, System.Text.Encoding.UTF8, "application/json");

    /// <summary>Records a payment of yesterday, in EUR unless a member says otherwise, and returns its id.</summary>
    private static async Task<string> AddAsync(string connector, string reference, params (string Name, string? Json)[] members)
    {
        using var response = await Browser.Api.PostJsonAsync(
            "payments", Request.Payment(connector, [("reference", JsonSerializer.Serialize(reference)), ("createdAt", Time(-1)), ("asset", "\"EUR/2\""), .. members]));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return (string)(await response.JsonAsync())["data"]!["id"]!;
    }

    private static Task OpenMenuAsync(BrowserPage page, string key) => page.Page.ClickAsync($"details:has(input[name=edit][value={key}]) > summary");

    private static async Task AddFilterAsync(BrowserPage page, string key, Func<Task> fill)
    {
        await OpenMenuAsync(page, key);
        await fill();
        await page.SubmitAsync($"form:has(input[name=edit][value={key}]) button[type=submit]");
    }

    private static async Task SearchAsync(BrowserPage page, string text)
    {
        await page.Page.TypeAsync("#search", text);
        await Task.WhenAll(page.Page.WaitForNavigationAsync(), page.Page.Keyboard.PressAsync("Enter"));
    }

    private static async Task FillAsync(BrowserPage page, string selector, string text)
    {
        await page.Page.ClickAsync(selector, new() { Count = 3 });
        await page.Page.TypeAsync(selector, text);
    }

    private static async Task<IReadOnlyList<string>> ReferencesAsync(BrowserPage page, string prefix) =>
        [.. (await page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.list a')].map(a => a.textContent)")).Where(reference => reference.StartsWith(prefix, StringComparison.Ordinal))];

    private static async Task<IReadOnlyList<string>> ValuesAsync(BrowserPage page, params string[] selectors)
    {
        List<string> values = [];
        foreach (var selector in selectors)
        {
            values.Add(await page.Page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).value", selector));
        }

        return values;
    }

    private static Task<string> MetadataAsync(BrowserPage page) =>
        page.Page.EvaluateExpressionAsync<string>("[...document.querySelectorAll('dl.facts > *')].map(e => e.textContent.trim()).join(' ')");
}
