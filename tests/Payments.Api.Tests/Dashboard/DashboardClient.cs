using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Payments.Api.Tests.Dashboard;

/// <summary>A browser without a window: it keeps cookies by name, posts the antiforgery token of the last page, and follows no redirect itself.</summary>
internal sealed partial class DashboardClient : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _service;

    public DashboardClient(PaymentsService service) => _service = service.Client.BaseAddress!;

    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>Headers of every request, such as X-Forwarded-Proto.</summary>
    public HttpRequestHeaders Headers => _client.DefaultRequestHeaders;

    /// <summary>The antiforgery token of the last page that had one.</summary>
    public string Token { get; set; } = "";

    public Task<Page> GetAsync(string path) => SendAsync(new(HttpMethod.Get, new Uri(_service, path)));

    public Task<Page> PostAsync(string path, params (string Name, string Value)[] fields) => SendAsync(new(HttpMethod.Post, new Uri(_service, path))
    {
        Content = new FormUrlEncodedContent([.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)), new("__RequestVerificationToken", Token)]),
    });

    /// <summary>Follows redirects, to other hosts too, and returns the last page.</summary>
    public async Task<Page> FollowAsync(Page page)
    {
        for (var i = 0; page.Location is { } location; i++)
        {
            Assert.That(i, Is.LessThan(10), "a loop of redirects");
            page = await SendAsync(new(HttpMethod.Get, new Uri(page.Url, location)));
        }

        return page;
    }

    /// <summary>Signs in with the one click of Development.</summary>
    public async Task SignInAsync()
    {
        await GetAsync("dashboard/sign-in");
        Assert.That((await PostAsync("dashboard/sign-in/development")).Status, Is.EqualTo(302));
    }

    /// <summary>Signs in with a name and a password.</summary>
    public async Task<Page> SignInAsync(string name, string password, string returnUrl = "")
    {
        await GetAsync("dashboard/sign-in");
        return await PostAsync("dashboard/sign-in", ("name", name), ("password", password), ("returnUrl", returnUrl));
    }

    public async Task<Page> SendAsync(HttpRequestMessage request)
    {
        var isService = request.RequestUri!.Authority == _service.Authority;
        if (isService && Cookies.Count > 0)
        {
            request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        }

        if (!request.Headers.Contains("Accept"))
        {
            request.Headers.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        }

        using (request)
        {
            using var response = await _client.SendAsync(request);
            var html = await response.Content.ReadAsStringAsync();
            string[] set = response.Headers.TryGetValues("Set-Cookie", out var values) ? [.. values] : [];
            foreach (var cookie in isService ? set : [])
            {
                var (name, value) = (cookie.Split('=')[0], cookie.Split('=', 2)[1].Split(';')[0]);
                if (value.Length == 0)
                {
                    Cookies.Remove(name);
                }
                else
                {
                    Cookies[name] = value;
                }
            }

            Token = AntiforgeryToken().Match(html) is { Success: true } match ? match.Groups[1].Value : Token;
            return new((int)response.StatusCode, html, request.RequestUri, response.Headers.Location?.OriginalString, set, response.Headers, response.Content.Headers.ContentType?.MediaType);
        }
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("""name="__RequestVerificationToken" type="hidden" value="([^"]+)""")] private static partial Regex AntiforgeryToken();
}

internal sealed record Page(int Status, string Html, Uri Url, string? Location, string[] SetCookies, HttpResponseHeaders Headers, string? ContentType)
{
    /// <summary>The heading.</summary>
    public string Heading => Html.Contains("<h1>", StringComparison.Ordinal) ? Html.Split("<h1>")[1].Split("</h1>")[0] : "";
}
