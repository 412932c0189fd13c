using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

/// <summary>A stub of the service. It returns what the test sets, and records the requests.</summary>
internal sealed class StubService : HttpMessageHandler
{
    private readonly ConcurrentQueue<Sent> _requests = new();
    private readonly ConcurrentQueue<Sent> _tokenRequests = new();

    public IReadOnlyList<Sent> Requests => [.. _requests];

    public IReadOnlyList<Sent> TokenRequests => [.. _tokenRequests];

    /// <summary>The response to each request. The argument is the number of the request, from 1.</summary>
    public Func<int, HttpResponseMessage> Respond { get; set; } = _ => Json(HttpStatusCode.OK, """{"version":"0.1.0"}""");

    /// <summary>The response to each token request. The argument is the number of the request, from 1.</summary>
    public Func<int, Task<HttpResponseMessage>> RespondToToken { get; set; } = number =>
        Task.FromResult(Json(HttpStatusCode.OK, $$"""{"access_token":"token-{{number}}","token_type":"Bearer","expires_in":3600}"""));

    public static HttpResponseMessage Json(HttpStatusCode status, string json, string mediaType = "application/json") =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, mediaType) };

    public ServiceProvider Connect(TimeProvider? time = null, Action<PaymentsClientOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time ?? TimeProvider.System);
        services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => this));
        services.AddPaymentsClient(options =>
        {
            options.ClientId = "shop";
            options.ClientSecret = "not to be told";
            configure?.Invoke(options);
        })
        // A request that never ends fails its test after 10 seconds of real time.
        .ConfigureHttpClient(http => http.Timeout = TimeSpan.FromSeconds(10));
        return services.BuildServiceProvider();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var sent = new Sent(request.Method, request.RequestUri!, request.Headers.Authorization, body);
        if (request.RequestUri!.AbsolutePath.EndsWith("/token", StringComparison.Ordinal))
        {
            _tokenRequests.Enqueue(sent);
            return await RespondToToken(_tokenRequests.Count).WaitAsync(cancellationToken);
        }

        _requests.Enqueue(sent);
        return Respond(_requests.Count);
    }

    internal sealed record Sent(HttpMethod Method, Uri Address, AuthenticationHeaderValue? Authorization, string Body);
}
