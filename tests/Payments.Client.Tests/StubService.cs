using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Client.Tests;

/// <summary>The service at the other end of the wire: answers what the test says and keeps what it was sent.</summary>
internal sealed class StubService : HttpMessageHandler
{
    private readonly ConcurrentQueue<Sent> _requests = new();
    private readonly ConcurrentQueue<Sent> _tokenRequests = new();

    public IReadOnlyList<Sent> Requests => [.. _requests];

    public IReadOnlyList<Sent> TokenRequests => [.. _tokenRequests];

    /// <summary>Answers a request; its number counts from 1.</summary>
    public Func<int, HttpResponseMessage> Answer { get; set; } = _ => Json(HttpStatusCode.OK, """{"version":"0.1.0"}""");

    /// <summary>Answers a token request; its number counts from 1.</summary>
    public Func<int, Task<HttpResponseMessage>> AnswerToken { get; set; } = number =>
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
        // By the real clock: a request that would wait for ever fails its test.
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
            return await AnswerToken(_tokenRequests.Count).WaitAsync(cancellationToken);
        }

        _requests.Enqueue(sent);
        return Answer(_requests.Count);
    }

    internal sealed record Sent(HttpMethod Method, Uri Address, AuthenticationHeaderValue? Authorization, string Body);
}
