namespace Payments.Dashboard.Tests;

/// <summary>The event record and its live updates in a browser.</summary>
public sealed class EventPageTests
{
    private const string LivePath = "/dashboard/live";

    [Test]
    public async Task Events_Filtered_ShowsOnlyMatchingOnesAndKeepsTheFilter()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        var reference = await CreateAsync(connector);
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        Assert.That(await page.TextAsync("tbody"), Does.Contain(reference).And.Contain("connector.installed").And.Contain("client:payments-dev"));

        await page.Page.ClickAsync("summary");
        await page.Page.ClickAsync("[value='payment.created']");
        await page.FillAsync("[name=actor]", "client:payments-dev");
        await page.FillAsync("[name=from]", "2024-01-01");
        await page.SubmitAsync("form.filter button");
        Assert.That(await page.TextAsync("tbody"), Does.Contain(reference).And.Not.Contain("connector.installed"));
        Assert.That(await page.Page.EvaluateExpressionAsync<string>("document.querySelector('[name=actor]').value"), Is.EqualTo("client:payments-dev"));

        foreach (var query in (string[])["actor=command-line:nobody", "from=2999-01-01", "until=2024-01-01", $"subject={Sample.PaymentId}", "kind=webhook.disabled&actor=user"])
        {
            await page.Page.GoToAsync(Browser.Url($"/dashboard/events?{query}"));
            Assert.That(await page.TextAsync(), Does.Contain("No events match"), query);
        }

        await page.Page.GoToAsync(Browser.Url($"/dashboard/events?subject={connector}"));
        Assert.That(await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('tbody tr').length"), Is.EqualTo(1));
    }

    [Test]
    public async Task Events_MoreThanAPage_ContinueWithOlderOnes()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        for (var i = 0; i < 26; i++)
        {
            await CreateAsync(connector);
        }

        await using var page = await Browser.OpenSignedInAsync("/dashboard/events?kind=payment.created");
        var positions = await PositionsAsync(page);
        await page.SubmitAsync("a[rel=next]");
        var older = await PositionsAsync(page);

        Assert.That(positions, Has.Count.EqualTo(25).And.Ordered.Descending);
        Assert.That(older, Is.Not.Empty.And.Ordered.Descending);
        Assert.That(older.Max(), Is.LessThan(positions.Min()));
        await page.SubmitAsync(".foot .btn");
        Assert.That(page.Page.Url, Does.EndWith("/dashboard/events?kind=payment.created"));
    }

    [Test]
    public async Task Events_WrongFilter_ShowsEachErrorBesideItsField()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        page.ExpectedErrors.Add("status of 400");
        await page.Page.GoToAsync(Browser.Url("/dashboard/events?actor=%3Cscript%3E&from=yesterday"));

        Assert.That(await page.TextAsync("#field-actor-error"), Does.StartWith("actor must be a kind and a name"));
        Assert.That(await page.TextAsync("#field-from-error"), Does.StartWith("from must be a date"));
    }

    [Test]
    public async Task Checkpoint_Download_IsTheSignedCheckpoint()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        var (type, name, text) = await page.Page.EvaluateFunctionAsync<string[]>(
            "async () => { const r = await fetch('/dashboard/checkpoint'); return [r.headers.get('content-type'), r.headers.get('content-disposition'), await r.text()]; }")
            is [var a, var b, var c] ? (a, b, c) : default;

        Assert.That(type, Is.EqualTo("application/jose"));
        Assert.That(name, Does.Match("checkpoint-\\d{4}-\\d\\d-\\d\\d\\.jws"));
        Assert.That(text!.Split('.'), Has.Length.EqualTo(3));
    }

    [Test]
    public async Task Live_TwoTabs_BothShowNewEventsWithOnePoll()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        var polls = new List<string>();
        var second = await page.OpenTabAsync();
        // Otherwise the first tab is hidden.
        await (await page.Page.CreateCDPSessionAsync()).SendAsync("Emulation.setFocusEmulationEnabled", new { enabled = true });
        foreach (var tab in (PuppeteerSharp.IPage[])[page.Page, second])
        {
            tab.Request += (_, request) =>
            {
                if (request.Request.Url.Contains($"{LivePath}?", StringComparison.Ordinal) && request.Request.Url.EndsWith("wait=1", StringComparison.Ordinal))
                {
                    lock (polls)
                    {
                        polls.Add(request.Request.Url);
                    }
                }
            };
        }

        await second.GoToAsync(Browser.Url("/dashboard/events"));
        var reference = await CreateAsync(connector);

        foreach (var tab in (PuppeteerSharp.IPage[])[page.Page, second])
        {
            await tab.WaitForFunctionAsync("reference => document.querySelector('#events').innerText.includes(reference)", new PuppeteerSharp.WaitForFunctionOptions { PollingInterval = 100 }, reference);
        }

        lock (polls)
        {
            Assert.That(polls, Is.Unique, "only one tab polls");
        }
    }

    [Test]
    public async Task Live_HiddenTab_PollsNothingAndCatchesUpWhenItIsShown()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        var requests = 0;
        await page.OpenTabAsync();
        await page.Page.WaitForFunctionAsync("() => document.hidden", new PuppeteerSharp.WaitForFunctionOptions { PollingInterval = 50 });
        page.Page.Request += (_, _) => requests++;
        var reference = await CreateAsync(connector);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.That(requests, Is.Zero);
        Assert.That(await page.TextAsync("#events"), Does.Not.Contain(reference));

        await page.Page.BringToFrontAsync();

        await page.Page.WaitForFunctionAsync("reference => document.querySelector('#events').innerText.includes(reference)", reference);
    }

    [Test]
    public async Task Live_MoreNewEventsThanRows_ReplacesAllRowsWithoutAGap()
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        var reads = 0;
        var hider = await page.OpenTabAsync();
        await page.Page.WaitForFunctionAsync("() => document.hidden", new PuppeteerSharp.WaitForFunctionOptions { PollingInterval = 50 });
        await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => CreateAsync(connector)));
        var reference = await CreateAsync(connector);
        page.Page.Request += (_, request) => reads += request.Request.Url.Contains(LivePath, StringComparison.Ordinal) ? 1 : 0;

        await page.Page.BringToFrontAsync();
        await page.Page.WaitForFunctionAsync("reference => document.querySelector('#events').innerText.includes(reference)", reference);

        var positions = await PositionsAsync(page);
        Assert.That(positions, Is.EqualTo(Enumerable.Range(0, 25).Select(i => positions[0] - i)), "a row for each event");
        Assert.That(
            await page.Page.EvaluateExpressionAsync<string>("document.querySelector('a[rel=next]').href"), Does.EndWith($"before={positions[^1]}"));
        Assert.That(reads, Is.LessThanOrEqualTo(2), "it jumps to the end of the record");
        await hider.CloseAsync();
    }

    [TestCase("/dashboard/payments", "1 new payment Show", "2 new payments Show")]
    [TestCase("/dashboard/payments?status=PENDING", "1 new payment Show those that match", "2 new payments Show those that match")]
    [TestCase("/dashboard", "1 payment is new or changed Reload", "2 payments are new or changed Reload")]
    public async Task Live_Notice_CountsPaymentsUntilThePageIsLoadedAgain(string path, string one, string two)
    {
        var connector = await Browser.Api.InstallConnectorAsync();
        await CreateAsync(connector);
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        var last = (await PositionsAsync(page)).Max();
        for (var (i, after) = (0, 0L); after < last; i++)
        {
            // The totals of the overview are a moment behind the record.
            Assert.That(i, Is.LessThan(50), "The page does not have the last event.");
            await Task.Delay(i == 0 ? 0 : 200);
            await page.Page.GoToAsync(Browser.Url(path));
            after = await page.Page.EvaluateExpressionAsync<long>("Number(document.querySelector('.live')?.dataset.liveAfter ?? 0)");
        }

        Assert.That(await page.Page.QuerySelectorAsync(".live[hidden]"), Is.Not.Null);

        await CreateAsync(connector);
        await page.Page.WaitForFunctionAsync("text => document.querySelector('.live').innerText === text", one);
        await CreateAsync(connector);
        await page.Page.WaitForFunctionAsync("text => document.querySelector('.live').innerText === text", two);

        await page.SubmitAsync(".live a");
        Assert.That(page.Page.Url, Is.EqualTo(Browser.Url(path)));
    }

    [Test]
    public async Task Live_AfterTheSession_StopsAndSaysSo()
    {
        await using var page = await Browser.OpenSignedInAsync("/dashboard/events");
        page.ExpectedErrors.Add("401");
        await page.Page.DeleteCookieAsync(await page.Page.GetCookiesAsync());
        await CreateAsync(await Browser.Api.InstallConnectorAsync());

        await page.Page.WaitForFunctionAsync("() => document.querySelector('[data-live-end]').innerText.includes('Your session has ended')");
    }

    [Test]
    public async Task Live_ServiceStops_TriesAgainWithoutAnErrorOfTheScript()
    {
        using var folder = new TemporaryFolder();
        using var service = new ServiceProcess(folder.Path, []);
        using var api = await service.ReadyAsync();
        await using var page = await Browser.OpenSignedInAsync("/dashboard", api.BaseAddress!);
        var poll = page.Page.WaitForRequestAsync(request => request.Url.EndsWith("wait=1", StringComparison.Ordinal));
        await page.Page.GoToAsync(new Uri(api.BaseAddress!, "/dashboard/events").ToString());
        await poll;
        service.Signal("INT");
        service.Exited();

        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.That(await page.Page.EvaluateExpressionAsync<bool>("document.querySelector('[data-live-end]').hidden"), Is.True);
    }

    [Test]
    public async Task Live_Request_ReturnsOnlyWhatABrowserNeeds()
    {
        var reference = await CreateAsync(await Browser.Api.InstallConnectorAsync());
        await using var page = await Browser.OpenSignedInAsync("/dashboard");
        page.ExpectedErrors.Add("status of 400");

        var json = await page.Page.EvaluateFunctionAsync<string>("async path => await (await fetch(path)).text()", $"{LivePath}?after=0&wait=0");
        Assert.That(json, Does.Match("""^\{"position":\d+,"lastPosition":\d+,"events":\[\{"position":1,"kind":"[a-z.]+","subject":"[^"]+"\}""").And.Not.Contain(reference));
        Assert.That(await page.Page.EvaluateFunctionAsync<string>("async path => await (await fetch(path)).text()", $"{LivePath}?after=999999999&wait=0"), Does.EndWith("\"restarted\":true}"));
        Assert.That(await page.Page.EvaluateFunctionAsync<int>("async path => (await fetch(path)).status", $"{LivePath}?after=x"), Is.EqualTo(400));
    }

    private static async Task<string> CreateAsync(string connector)
    {
        var reference = $"live-{Guid.NewGuid():N}";
        using var response = await Browser.Api.PostJsonAsync("payments", Request.Payment(connector, ("reference", $"\"{reference}\"")));
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        return reference;
    }

    private static async Task<List<long>> PositionsAsync(BrowserPage page) =>
        [.. await page.Page.EvaluateExpressionAsync<long[]>("[...document.querySelectorAll('[data-position]')].map(row => Number(row.dataset.position))")];
}
