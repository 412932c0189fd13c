using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Inbox;

namespace Payments.Api.RateLimiting;

internal sealed class RateLimitSettings : ISettings
{
    /// <summary>Requests a second of one client with a valid token, or of one signed-in user; 0 for no limit, because a client that imports its history is trusted.</summary>
    public int RequestsPerSecond { get; set; }

    /// <summary>Requests a second of one address without a valid token; 0 for no limit.</summary>
    public int AnonymousRequestsPerSecond { get; set; } = 1000;

    /// <summary>Requests a second of one address to the webhook URLs of connectors; 0 for no limit. Other requests do not count here.</summary>
    public int ProviderWebhooksPerSecond { get; set; } = 1000;

    /// <summary>Requests that a caller can send at the same time after a pause.</summary>
    public int Burst { get; set; } = 10_000;

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) =>
    [
        (RequestsPerSecond < 0, $"RateLimiting:{nameof(RequestsPerSecond)} is '{RequestsPerSecond}'. Set it to a whole number of at least 0; 0 means no limit."),
        (AnonymousRequestsPerSecond < 0, $"RateLimiting:{nameof(AnonymousRequestsPerSecond)} is '{AnonymousRequestsPerSecond}'. Set it to a whole number of at least 0; 0 means no limit."),
        (ProviderWebhooksPerSecond < 0, $"RateLimiting:{nameof(ProviderWebhooksPerSecond)} is '{ProviderWebhooksPerSecond}'. Set it to a whole number of at least 0; 0 means no limit."),
        (Burst < 1, $"RateLimiting:{nameof(Burst)} is '{Burst}'. Set it to a whole number of at least 1."),
    ];
}

/// <summary>Limits how many requests a caller can send, and how many imports and exports can run at the same time.</summary>
internal static class RateLimits
{
    public const string Imports = "imports";
    public const string Exports = "exports";

    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddSettings<RateLimitSettings>("RateLimiting");
        services.AddRateLimiter(limiter =>
        {
            AddStreams(Imports, Limits.Imports);
            AddStreams(Exports, Limits.Exports);
            limiter.OnRejected = (rejected, _) => new ValueTask(RejectAsync(rejected));

            // Authorization rejects a request without a token later, so it must not count here.
            void AddStreams(string name, int max) => limiter.AddPolicy(name, context => context.User.Identity?.IsAuthenticated is true
                ? RateLimitPartition.GetConcurrencyLimiter(name, _ => new ConcurrencyLimiterOptions { PermitLimit = max })
                : RateLimitPartition.GetNoLimiter(""));
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitSettings>>((limiter, settings) => limiter.GlobalLimiter = PerCaller(settings.Value));
    }

    /// <summary>Limits requests to the token endpoint, which authentication answers itself: before it, every caller is anonymous.</summary>
    public static void UseTokenRateLimit(this WebApplication app) =>
        app.UseWhen(context => TokenEndpoint.IsTokenRequest(context.Request), tokens => tokens.UseRateLimiter());

    // The framework's limiter removes a bucket that has been full for ten seconds.
    private static PartitionedRateLimiter<HttpContext> PerCaller(RateLimitSettings settings)
    {
        var (clients, addresses, webhooks) =
            (Bucket(settings.RequestsPerSecond), Bucket(settings.AnonymousRequestsPerSecond), Bucket(settings.ProviderWebhooksPerSecond));
        return PartitionedRateLimiter.Create<HttpContext, (Caller Caller, bool IsProvider)>(context =>
        {
            // Behind a proxy that hides addresses, a provider must not use up what anonymous callers may send, or they what it may.
            var key = (Caller.Of(context), IsProvider: IsProviderWebhook(context));
            return (key.IsProvider ? webhooks : key.Item1.Actor is null ? addresses : clients) is { } bucket
                ? RateLimitPartition.GetTokenBucketLimiter(key, _ => bucket) : RateLimitPartition.GetNoLimiter(default((Caller, bool)));
        });

        TokenBucketRateLimiterOptions? Bucket(int perSecond) =>
            perSecond == 0 ? null : new() { TokenLimit = settings.Burst, TokensPerPeriod = perSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1) };
    }

    private static bool IsProviderWebhook(HttpContext context) => context.Request.Path.StartsWithSegments(ProviderWebhooksController.Path);

    private static Task RejectAsync(OnRejectedContext rejected)
    {
        var context = rejected.HttpContext;
        // Nobody knows when a running import or export ends.
        var seconds = 10;
        var problem = Problems.TooManyStreams;
        if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
        {
            seconds = Math.Max((int)Math.Ceiling(wait.TotalSeconds), 1);
            var settings = context.RequestServices.GetRequiredService<IOptions<RateLimitSettings>>().Value;
            var (key, value) = IsProviderWebhook(context) ? (nameof(settings.ProviderWebhooksPerSecond), settings.ProviderWebhooksPerSecond)
                : Caller.Of(context).Actor is null ? (nameof(settings.AnonymousRequestsPerSecond), settings.AnonymousRequestsPerSecond)
                : (nameof(settings.RequestsPerSecond), settings.RequestsPerSecond);
            problem = Problems.TooManyRequests with
            {
                Message = $"{Problems.TooManyRequests.Message} RateLimiting:{key} is {value} and RateLimiting:{nameof(settings.Burst)} is {settings.Burst}; the operator can raise them.",
            };
        }

        context.Response.Headers.RetryAfter = $"{seconds}";
        return context.WriteProblemAsync(problem);
    }
}
