using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Payments.Client;

/// <summary>How an application gets the client.</summary>
public static class DependencyInjection
{
    /// <summary>The name of the <see cref="HttpClient"/> that calls the token endpoint, for an application that gives it a proxy or a certificate.</summary>
    public const string TokenHttpClientName = "Payments.Client.Tokens";

    private const string HttpClientName = "Payments.Client";

    internal static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    internal static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(60);

    private const int MaxRetries = 3;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds <see cref="IPaymentsClient"/>. Each request carries an access token. A request that failed for a passing reason (no connection,
    /// no answer in 10 seconds, status 408, 429 or 5xx) is sent up to 3 more times, after about 1, 2 and 4 seconds or what Retry-After
    /// says; installing a connector is so only after a 429. Uninstalling one is, so 404 may mean that an attempt whose answer was lost has done it. After 60
    /// seconds in all a request is given up.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets at least <see cref="PaymentsClientOptions.ClientId"/> and <see cref="PaymentsClientOptions.ClientSecret"/>.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>, for handlers of one's own; tokens come by <see cref="TokenHttpClientName"/>.</returns>
    /// <exception cref="OptionsValidationException">When the host starts or the client is first asked for: an option is missing or wrong.</exception>
    public static IHttpClientBuilder AddPaymentsClient(this IServiceCollection services, Action<PaymentsClientOptions> configure)
    {
        services.AddOptions<PaymentsClientOptions>()
            .Configure(configure)
            .Validate(options => IsHttp(options.BaseAddress), Rule(nameof(PaymentsClientOptions.BaseAddress), "must be an absolute http or https address"))
            .Validate(
                options => options.TokenEndpoint is null || IsHttp(options.TokenEndpoint),
                Rule(nameof(PaymentsClientOptions.TokenEndpoint), "must be an absolute http or https address"))
            .Validate(options => !string.IsNullOrWhiteSpace(options.ClientId), Rule(nameof(PaymentsClientOptions.ClientId), "must be set"))
            .Validate(options => !string.IsNullOrWhiteSpace(options.ClientSecret), Rule(nameof(PaymentsClientOptions.ClientSecret), "must be set"))
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AccessTokens>();
        services.TryAddTransient<AccessTokenHandler>();
        services.TryAddTransient<BufferedResponseHandler>();
        services.AddHttpClient(TokenHttpClientName);

        var client = services.AddHttpClient<IPaymentsClient, PaymentsClient>(HttpClientName, (provider, http) =>
        {
            http.BaseAddress = provider.GetRequiredService<IOptions<PaymentsClientOptions>>().Value.Root;
            // The pipeline below keeps the time.
            http.Timeout = Timeout.InfiniteTimeSpan;
        });
        client.AddResilienceHandler("retry", (pipeline, context) =>
        {
            pipeline.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
            pipeline
                .AddTimeout(UnlessStream(TotalTimeout))
                .AddRetry(new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = MaxRetries,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = FirstDelay,
                    UseJitter = true,
                    ShouldRetryAfterHeader = true,
                    ShouldHandle = arguments => ValueTask.FromResult(MayRetry(arguments.Outcome, arguments.Context.GetRequestMessage()!)),
                })
                .AddTimeout(UnlessStream(AttemptTimeout));
        });
        // Inside the retries, so that each of them has a token that is good then.
        return client.AddHttpMessageHandler<AccessTokenHandler>().AddHttpMessageHandler<BufferedResponseHandler>();
    }

    private static bool MayRetry(Outcome<HttpResponseMessage> outcome, HttpRequestMessage request) =>
        outcome.Exception is AccessTokenException noToken
            ? noToken.IsTransient
            : HttpClientResiliencePredicates.IsTransient(outcome)
                && !request.IsStream()
                // 429 says that nothing was done, so it holds for every request.
                && (!IsInstallation(request) || outcome.Result?.StatusCode == HttpStatusCode.TooManyRequests);

    // A stream takes as long as it is.
    private static HttpTimeoutStrategyOptions UnlessStream(TimeSpan timeout) => new()
    {
        TimeoutGenerator = arguments =>
            ValueTask.FromResult(arguments.Context.GetRequestMessage()!.IsStream() ? Timeout.InfiniteTimeSpan : timeout),
    };

    // A connector installed by an attempt whose answer was lost would make the next one a conflict. All else leaves the
    // service the same sent twice as sent once; uninstalling answers 404 the second time, which says as surely as 204 that the connector is gone.
    private static bool IsInstallation(HttpRequestMessage request) =>
        request.Method == HttpMethod.Post && request.RequestUri!.Segments[^2] == "connectors/";

    private static bool IsHttp(Uri? address) =>
        address is { IsAbsoluteUri: true } && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static string Rule(string option, string rule) => $"{nameof(PaymentsClientOptions)}.{option} {rule}.";
}
