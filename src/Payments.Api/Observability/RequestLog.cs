using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Payments.Api.Authentication;
using Payments.Api.Service;

namespace Payments.Api.Observability;

/// <summary>Logs each request once, by its route: a path contains ids, and a query contains references.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger)
{
    private static readonly FrozenSet<string> Methods = FrozenSet.Create(StringComparer.Ordinal, "GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT");
    private static readonly PathString TokenPath = $"/{TokenEndpoint.Path}";

    public async Task InvokeAsync(HttpContext context)
    {
        var isProbe = IsProbe(context.Request.Path);
        if (isProbe && context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var level = isProbe ? LogLevel.Debug : LogLevel.Information;
            if (logger.IsEnabled(level))
            {
                // A client can make up a method.
                var method = Methods.Contains(context.Request.Method) ? context.Request.Method : "_OTHER";
                var route = Route(context);
                var duration = Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 3);
                Log(logger, level, method, route, context.Response.StatusCode, duration);
            }
        }
    }

    /// <summary>Health probes and scrapes; they would be most of the log and the traces.</summary>
    public static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path == Telemetry.MetricsPath || path == HealthProbes.ContractPath;

    // The exception handler clears the endpoint. The token endpoint has none, because OpenIddict handles it as middleware.
    private static string Route(HttpContext context) =>
        ((context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint) as RouteEndpoint)?.RoutePattern.RawText
        ?? (context.Request.Path == TokenPath ? TokenEndpoint.Path : "");

    [LoggerMessage(EventId = 1, SkipEnabledCheck = true, Message = "{Method} {Route} {Status} {DurationMs} ms")]
    private static partial void Log(ILogger logger, LogLevel level, string method, string route, int status, double durationMs);
}
