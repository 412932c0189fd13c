using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Payments.Client;

/// <summary>Registers the client.</summary>
public static class DependencyInjection
{
    /// <summary>The name of the <see cref="HttpClient"/> that calls the token endpoint. Use it to configure a proxy or a certificate.</summary>
    public const string TokenHttpClientName = "Payments.Client.Tokens";

    private const string HttpClientName = "Payments.Client";
    internal static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Adds <see cref="IPaymentsClient"/>, which authenticates each request and retries transient failures.</summary>
    /// <remarks>
    /// A request is retried up to 3 times, after about 1, 2 and 4 seconds or the delay in Retry-After, if there is no connection, no response within
    /// 10 seconds, or a status of 408, 429 or 5xx. All attempts together take at most 60 seconds.
    /// Installing a connector, creating a webhook endpoint and rotating its secret are retried only after 429. Uninstalling one is always retried, so a 404 can mean that an earlier attempt succeeded but
    /// its response was lost. Imports and exports are not retried and have no timeout.
    /// </remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets at least <see cref="PaymentsClientOptions.ClientId"/> and <see cref="PaymentsClientOptions.ClientSecret"/>.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>, to add handlers. Tokens use <see cref="TokenHttpClientName"/>.</returns>
    /// <exception cref="OptionsValidationException">An option is missing or wrong. Thrown when the host starts or the client is first resolved.</exception>
    public static IHttpClientBuilder AddPaymentsClient(this IServiceCollection services, Action<PaymentsClientOptions> configure)
    {
        services.AddOptions<PaymentsClientOptions>()
            .Configure(configure)
            .Validate(options => IsHttp(options.BaseAddress), Rule(nameof(PaymentsClientOptions.BaseAddress), "must be an absolute http or https URL"))
            .Validate(
                options => options.TokenEndpoint is null || IsHttp(options.TokenEndpoint),
                Rule(nameof(PaymentsClientOptions.TokenEndpoint), "must be an absolute http or https URL"))
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
            // The resilience pipeline has the timeouts.
            http.Timeout = Timeout.InfiniteTimeSpan;
        });
        client.AddResilienceHandler("retry", (pipeline, context) =>
        {
            pipeline.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
            pipeline
                .AddTimeout(UnlessStream(TotalTimeout))
                .AddRetry(new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = 3,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = TimeSpan.FromSeconds(1),
                    UseJitter = true,
                    ShouldRetryAfterHeader = true,
                    ShouldHandle = arguments => ValueTask.FromResult(MayRetry(arguments.Outcome, arguments.Context.GetRequestMessage()!)),
                })
                .AddTimeout(UnlessStream(AttemptTimeout));
        });
        // Added inside the retries, so that each attempt has a valid token.
        return client.AddHttpMessageHandler<AccessTokenHandler>().AddHttpMessageHandler<BufferedResponseHandler>();
    }

    private static bool MayRetry(Outcome<HttpResponseMessage> outcome, HttpRequestMessage request) =>
        outcome.Exception is AccessTokenException noToken
            ? noToken.IsTransient
            : HttpClientResiliencePredicates.IsTransient(outcome)
                && !request.IsStream()
                // After 429 nothing was done, so every request can be retried.
                && (!IsOnce(request) || outcome.Result?.StatusCode == HttpStatusCode.TooManyRequests);

    // The duration of a stream depends on its length.
    private static HttpTimeoutStrategyOptions UnlessStream(TimeSpan timeout) =>
        new() { TimeoutGenerator = call => ValueTask.FromResult(call.Context.GetRequestMessage()!.IsStream() ? Timeout.InfiniteTimeSpan : timeout) };

    // If the response of an installation is lost, the next attempt is a conflict, and if that of a webhook endpoint is lost, its secret is too.
    // Every other request has the same effect sent twice as sent once.
    private static bool IsOnce(HttpRequestMessage request) =>
        request.Method == HttpMethod.Post && request.RequestUri!.Segments is [.., "connectors/", _] or [.., "webhooks"] or [.., "rotate-secret"];

    private static bool IsHttp(Uri? address) => address is { IsAbsoluteUri: true } && address.Scheme is "http" or "https";

    private static string Rule(string option, string rule) => $"{nameof(PaymentsClientOptions)}.{option} {rule}.";
}

/// <summary>Reads each response to its end, so that a connection lost during the response fails the attempt and is retried.</summary>
internal sealed class BufferedResponseHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (request.IsStream())
        {
            return response;
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
