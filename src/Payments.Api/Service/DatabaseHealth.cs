using Microsoft.Extensions.Diagnostics.HealthChecks;
using Payments.Infrastructure;

namespace Payments.Api.Service;

/// <summary>Ready is: the database answers, and no schema script is missing.</summary>
internal sealed partial class DatabaseHealth(DatabaseSchema schema, ILogger<DatabaseHealth> logger) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            try
            {
                return schema.MissingScripts().Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The schema is behind.");
            }
            catch (Exception e)
            {
                LogNotReady(logger, e);
                return HealthCheckResult.Unhealthy("The database does not answer.");
            }
        },
        cancellationToken);

    [LoggerMessage(1, LogLevel.Warning, "The database does not answer")]
    private static partial void LogNotReady(ILogger logger, Exception exception);
}
