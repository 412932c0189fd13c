using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Payments.Api.Errors;

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
