using PuppeteerSharp;

namespace Payments.Dashboard.Tests;

/// <summary>A page in its own browser context. An error in the console, which includes violations of the content security policy, fails the test.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    private BrowserPage(IBrowserContext context, IPage page, Uri service)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Message.Type is ConsoleType.Error or ConsoleType.Warning)
            {
                _errors.Add(message.Message.Text);
            }
        };
        page.PageError += (_, error) => _errors.Add(error.Message);
        page.Request += (_, request) =>
        {
            if (request.Request.Url.StartsWith("http", StringComparison.Ordinal) && new Uri(request.Request.Url).Authority != service.Authority)
            {
                _errors.Add($"A request to another host: {request.Request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Console messages that the test expects, such as the one of a response with status 400.</summary>
    public List<string> ExpectedErrors { get; } = [];

    public static async Task<BrowserPage> CreateAsync(IBrowser browser, Uri service)
    {
        var context = await browser.CreateBrowserContextAsync();
        return new(context, await context.NewPageAsync(), service);
    }

    /// <summary>Clicks what submits a form, and waits for the next page.</summary>
    public Task SubmitAsync(string selector) => Task.WhenAll(Page.WaitForNavigationAsync(), Page.ClickAsync(selector));

    /// <summary>Replaces the text of a field.</summary>
    public Task FillAsync(string selector, string text) =>
        Page.EvaluateFunctionAsync("(selector, text) => { document.querySelector(selector).value = text; }", selector, text);

    /// <summary>Loads the page again until it contains a text.</summary>
    public async Task ReloadUntilAsync(string text)
    {
        for (var i = 0; i < 50 && !(await TextAsync()).Contains(text, StringComparison.Ordinal); i++)
        {
            await Task.Delay(200);
            await Page.ReloadAsync();
        }

        Assert.That(await TextAsync(), Does.Contain(text));
    }

    /// <summary>Opens another tab with the same session.</summary>
    public Task<IPage> OpenTabAsync() => _context.NewPageAsync();

    /// <summary>Turns JavaScript off. The open page is left first, because its running scripts would report errors.</summary>
    public async Task DisableJavaScriptAsync()
    {
        await Page.GoToAsync("about:blank");
        await Page.SetJavaScriptEnabledAsync(false);
    }

    /// <summary>The text that a reader sees in the first match.</summary>
    public Task<string> TextAsync(string selector = "main") => Page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).innerText", selector);

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Assert.That(_errors.Where(error => !ExpectedErrors.Exists(expected => error.Contains(expected, StringComparison.Ordinal))), Is.Empty);
    }
}
