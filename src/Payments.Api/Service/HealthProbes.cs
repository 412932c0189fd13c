using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Payments.Api.Errors;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Schema;

namespace Payments.Api.Service;

/// <summary>The health endpoints for orchestrators and load balancers; they need no token.</summary>
internal static class HealthProbes
{
    /// <summary>The health endpoint of the Formance API; it returns the state of each part by name.</summary>
    public const string ContractPath = "/api/payments/_healthcheck";

    public static void AddHealthProbes(this IServiceCollection services)
    {
        services.AddSingleton<DatabaseHealth>();
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
    }

    public static void MapHealthProbes(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous().DisableRateLimiting();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous().DisableRateLimiting();
        app.MapHealthChecks(ContractPath, new HealthCheckOptions { ResponseWriter = WriteStatesAsync }).AllowAnonymous().DisableRateLimiting();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        if (report.Status == HealthStatus.Healthy)
        {
            return context.Response.WriteAsync("Healthy");
        }

        var reasons = string.Join(' ', report.Entries.Values.Select(entry => entry.Description));
        return context.WriteProblemAsync(Problems.NotReady with { Message = $"{Problems.NotReady.Message} {reasons}" });
    }

    private static Task WriteStatesAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Status == HealthStatus.Healthy ? "OK" : entry.Value.Description));
}

/// <summary>The service is ready if the schema is current and a write reaches the disk within a second.</summary>
/// <remarks>Health endpoints need no token, so the database is written to at most once a second, and never before the previous write has ended.</remarks>
internal sealed partial class DatabaseHealth(DatabaseSchema schema, DatabaseProbe probe, TimeProvider clock, ILogger<DatabaseHealth> logger) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<string?>? _probing;
    private long _startedAt;
    private bool _isCurrent;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Latest().WaitAsync(Limit, clock, cancellationToken) is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy();
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy("The database did not respond within a second.");
        }
    }

    private Task<string?> Latest()
    {
        lock (_lock)
        {
            if (_probing is null || (_probing.IsCompleted && clock.GetElapsedTime(_startedAt) >= Limit))
            {
                _startedAt = clock.GetTimestamp();
                _probing = Task.Run(ProbeAsync);
            }

            return _probing;
        }
    }

    /// <summary>Returns why the database cannot be used, in words that are safe to publish; null if it can.</summary>
    private async Task<string?> ProbeAsync()
    {
        try
        {
            // The schema of a database does not change while the service runs.
            if (!_isCurrent && schema.FindFault() is { } fault)
            {
                return fault;
            }

            _isCurrent = true;
            await probe.WriteAsync(CancellationToken.None);
            return null;
        }
        catch (UnavailableException e)
        {
            LogNotReady(logger, e.Message);
            return e.Message;
        }
        catch (Exception e)
        {
            LogFault(logger, e);
            return "The database cannot be used. The log of the service has the error.";
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Not ready: {Reason}")] private static partial void LogNotReady(ILogger logger, string reason);
    [LoggerMessage(2, LogLevel.Error, "Not ready")] private static partial void LogFault(ILogger logger, Exception exception);
}
