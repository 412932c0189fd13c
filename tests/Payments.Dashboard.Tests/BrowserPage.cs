using PuppeteerSharp;

namespace Payments.Dashboard.Tests;

/// <summary>A page in its own browser context. An error in the console, which includes violations of the content security policy, fails the test.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    private BrowserPage(IBrowserContext context, IPage page)
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
            if (request.Request.Url.StartsWith("http", StringComparison.Ordinal) && new Uri(request.Request.Url).Authority != Browser.Api.BaseAddress!.Authority)
            {
                _errors.Add($"A request to another host: {request.Request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Console messages that the test expects, such as the one of a response with status 400.</summary>
    public List<string> ExpectedErrors { get; } = [];

    public static async Task<BrowserPage> CreateAsync(IBrowser browser)
    {
        var context = await browser.CreateBrowserContextAsync();
        return new(context, await context.NewPageAsync());
    }

    /// <summary>Clicks what submits a form, and waits for the next page.</summary>
    public Task SubmitAsync(string selector) => Task.WhenAll(Page.WaitForNavigationAsync(), Page.ClickAsync(selector));

    /// <summary>The text that a reader sees in the first match.</summary>
    public Task<string> TextAsync(string selector = "main") => Page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).innerText", selector);

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Assert.That(_errors.Where(error => !ExpectedErrors.Exists(expected => error.Contains(expected, StringComparison.Ordinal))), Is.Empty);
    }
}
