using PuppeteerSharp;

namespace Payments.Dashboard.Tests;

/// <summary>One service with an empty database and one Chromium for all tests of the assembly. Without Chromium, the tests are skipped.</summary>
[SetUpFixture]
public sealed class Browser
{
    private static readonly string[] Paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static TemporaryFolder? _folder;
    private static ServiceProcess? _service;
    private static IBrowser? _chromium;

    /// <summary>A client of the API with a token.</summary>
    public static HttpClient Api { get; private set; } = null!;

    public static string Url(string path) => new Uri(Api.BaseAddress!, path).ToString();

    /// <summary>Opens a page in a context of its own, without a session; of the shared service unless another one is given. Dispose it.</summary>
    public static async Task<BrowserPage> OpenAsync(string path, Uri? service = null)
    {
        if (_chromium is null)
        {
            Assert.Ignore($"There is no Chromium at {string.Join(", ", Paths)}. Install it (apt-get install chromium), or set PAYMENTS_CHROMIUM to its path.");
        }

        service ??= Api.BaseAddress!;
        var page = await BrowserPage.CreateAsync(_chromium, service);
        await page.Page.GoToAsync(new Uri(service, path).ToString());
        return page;
    }

    /// <summary>Opens a page after the one-click sign-in of Development.</summary>
    public static async Task<BrowserPage> OpenSignedInAsync(string path, Uri? service = null)
    {
        var page = await OpenAsync($"/dashboard/sign-in?returnUrl={Uri.EscapeDataString(path)}", service);
        await page.SubmitAsync("form[action='/dashboard/sign-in/development'] button");
        return page;
    }

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        _service = new ServiceProcess(_folder.Path, []);
        Api = await _service.ReadyAsync();
        var path = Environment.GetEnvironmentVariable("PAYMENTS_CHROMIUM") ?? Paths.FirstOrDefault(File.Exists);
        if (path is not null)
        {
            // Chromium's sandbox does not start as root, as in most build containers.
            _chromium = await Puppeteer.LaunchAsync(new LaunchOptions { ExecutablePath = path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        }
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await (_chromium?.CloseAsync() ?? Task.CompletedTask);
        Api?.Dispose();
        _service?.Dispose();
        _folder?.Dispose();
    }
}
