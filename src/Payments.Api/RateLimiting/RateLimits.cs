using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Infrastructure.Startup;

namespace Payments.Api.RateLimiting;

/// <summary>How many requests a caller may send, and how many streams may run at once.</summary>
internal static class RateLimits
{
    public const string Imports = "imports";

    public const string Exports = "exports";

    // A stream ends when it ends, so this is a guess.
    private const int StreamRetryAfterSeconds = 10;

    /// <summary>A bucket of tokens for each caller; the limiter drops one that has been full for ten seconds.</summary>
    /// <exception cref="StartupException">A setting under <c>RateLimiting</c> has no meaning.</exception>
    public static void AddRateLimits(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("RateLimiting");
        var perSecond = Number(settings, "RequestsPerSecond", 1000, least: 0);
        var burst = Number(settings, "Burst", 10_000, least: 1);
        builder.Services.AddRateLimiter(limiter =>
        {
            if (perSecond > 0)
            {
                var bucket = new TokenBucketRateLimiterOptions
                {
                    TokenLimit = burst,
                    TokensPerPeriod = perSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                };
                limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Caller>(
                    context => RateLimitPartition.GetTokenBucketLimiter(Caller.Of(context), _ => bucket));
            }

            AddStreams(Imports, Limits.Imports);
            AddStreams(Exports, Limits.Exports);
            limiter.OnRejected = (rejected, _) => new ValueTask(RefuseAsync(rejected));

            // Who has no token is refused right behind this and must not take a place before that.
            void AddStreams(string name, int atOnce) => limiter.AddPolicy(name, context => context.User.Identity?.IsAuthenticated is true
                ? RateLimitPartition.GetConcurrencyLimiter(name, _ => new ConcurrencyLimiterOptions { PermitLimit = atOnce })
                : RateLimitPartition.GetNoLimiter(""));
        });
    }

    /// <summary>Limits requests for tokens, which are answered before it is known whose other requests are.</summary>
    public static void UseTokenRateLimit(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments($"/{TokenEndpoint.Path}"), tokens => tokens.UseRateLimiter());

    private static Task RefuseAsync(OnRejectedContext rejected)
    {
        var context = rejected.HttpContext;
        var seconds = StreamRetryAfterSeconds;
        var problem = Problems.TooManyStreams;
        if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
        {
            seconds = Math.Max((int)Math.Ceiling(wait.TotalSeconds), 1);
            problem = Problems.TooManyRequests;
        }

        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return context.WriteProblemAsync(problem);
    }

    private static int Number(IConfigurationSection settings, string key, int otherwise, int least) => settings[key] switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least => number,
        var text => throw new StartupException($"RateLimiting:{key} is '{text}'. Set it to a whole number from {least}."),
    };
}
