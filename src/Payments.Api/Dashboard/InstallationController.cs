using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Payments.Api.Authentication;
using Payments.Api.Events;
using Payments.Api.Keys;
using Payments.Api.RateLimiting;
using Payments.Api.Service;
using Payments.Dashboard.Installation;
using Payments.Dashboard.Shell;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Inbox;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.Webhooks;

namespace Payments.Api.Dashboard;

/// <summary>The page about the service itself: health, limits and key files of this instance.</summary>
[Route("dashboard/system")]
public sealed class InstallationController(HealthCheckService health, DatabaseSchema schema, TimeProvider clock) : DashboardController
{
    private static readonly TimeSpan DatabaseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Shows the page.</summary>
    [HttpGet]
    public async Task<ViewResult> Show()
    {
        var startedAt = new DateTimeOffset(Process.GetCurrentProcess().StartTime);
        var report = await health.CheckHealthAsync(HttpContext.RequestAborted);
        return View(new InstallationModel
        {
            Version = ServiceController.Version,
            StartedAt = startedAt,
            Uptime = clock.GetUtcNow() - startedAt,
            Database = schema.Description,
            DatabaseBytes = await FindSizeAsync(),
            Schema = schema.Hash,
            Checks = [.. report.Entries.Select(entry => new HealthCheckState(
                entry.Key, entry.Value.Status == HealthStatus.Healthy ? null : entry.Value.Description ?? $"{entry.Value.Status}"))],
            Limits = [.. ListLimits()],
            Keys = [.. ListKeys()],
        });
    }

    private async Task<long?> FindSizeAsync()
    {
        try
        {
            return await Task.Run(schema.ReadSize).WaitAsync(DatabaseTimeout, clock);
        }
        catch (Exception e) when (e is DbException or TimeoutException or UnavailableException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    private IEnumerable<Limit> ListLimits()
    {
        var rates = Settings<RateLimitSettings>();
        yield return new("Requests of one client or user", rates.RequestsPerSecond, "a second", "RateLimiting:RequestsPerSecond");
        yield return new("Requests of one IP address without a valid token", rates.AnonymousRequestsPerSecond, "a second", "RateLimiting:AnonymousRequestsPerSecond");
        yield return new("Provider webhooks from one IP address", rates.ProviderWebhooksPerSecond, "a second", "RateLimiting:ProviderWebhooksPerSecond");
        yield return new("Burst of each of these", rates.Burst, "requests", "RateLimiting:Burst");
        yield return new("Requests that wait for events", Settings<LongPollSettings>().MaxLongPolls, "requests", "Events:MaxLongPolls");
        yield return new("Webhook endpoints", Settings<WebhookOptions>().MaxEndpoints, "endpoints", "Webhooks:MaxEndpoints");
        yield return new("Bodies of provider events are kept", Settings<InboxOptions>().RetentionDays, "days", "Inbox:RetentionDays");
    }

    private IEnumerable<KeyFile> ListKeys()
    {
        var services = HttpContext.RequestServices;
        var authentication = Settings<AuthenticationSettings>();
        IEnumerable<(string Purpose, string Path)> files =
        [
            .. authentication.Authority.Length == 0 ? PrivateFile.WithRetired(authentication.SigningKeyFile).Select(path => ("Signs access tokens", path)) : [],
            ("Signs checkpoints", Settings<CheckpointSettings>().CheckpointKeyFile),
            .. services.GetRequiredService<SecretKeys>().Files.Select(path => ("Encrypts secrets", path)),
            .. services.GetRequiredService<SessionKeys>().Files.Select(path => ("Encrypts sessions", path)),
        ];
        return files.Select(file => new KeyFile(file.Purpose, file.Path, System.IO.File.Exists(file.Path), PrivateFile.IsOpenToOthers(file.Path)));
    }

    private TSettings Settings<TSettings>() where TSettings : class => HttpContext.RequestServices.GetRequiredService<IOptions<TSettings>>().Value;
}
