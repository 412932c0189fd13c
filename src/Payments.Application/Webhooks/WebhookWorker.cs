using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Payments.Application.Webhooks;

/// <summary>Delivers events to the endpoints that this instance owns. Each endpoint has a loop, so a dead endpoint delays no other.</summary>
public sealed partial class WebhookWorker(
    IWebhookDeliveries deliveries, IWebhookRepository endpoints, IWebhookEvents events, IWebhookSender sender, TimeProvider clock, ILogger<WebhookWorker> logger)
    : BackgroundService
{
    /// <summary>How often the worker looks for changed endpoints, and so the longest time until a change takes effect.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long an instance owns an endpoint if it does not renew. After a kill, another instance takes over then.</summary>
    internal static readonly TimeSpan Ownership = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CleanupInterval = TimeSpan.FromHours(1);

    private readonly string _instance = $"{Guid.NewGuid():N}";
    private readonly Dictionary<WebhookId, EndpointDelivery> _running = [];
    private DateTimeOffset _cleanupAt;
    private string? _fault;

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    /// <summary>Delivers until it is stopped, on the synchronization context of the caller, which the tests control.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await UpdateAsync(stop);
                await Task.Delay(Interval, clock, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            await Task.WhenAll(_running.Values.Select(delivery => delivery.StopAsync(release: true)));
        }
    }

    private async Task UpdateAsync(CancellationToken stop)
    {
        try
        {
            var mine = await OwnedAsync(stop);
            foreach (var (id, delivery) in _running)
            {
                if (delivery.HasEnded)
                {
                    _running.Remove(id);
                    delivery.Dispose();
                }
                else if (!mine.ContainsKey(id))
                {
                    // Paused, disabled or deleted, or another instance took over. It ends while the other endpoints go on.
                    _ = delivery.StopAsync(release: true);
                }
            }

            foreach (var (id, target) in mine)
            {
                if (_running.TryGetValue(id, out var delivery))
                {
                    delivery.Update(target);
                }
                else
                {
                    (_running[id] = new EndpointDelivery(target, _instance, deliveries, endpoints, events, sender, clock, logger)).Start();
                }
            }

            if (clock.GetUtcNow() >= _cleanupAt)
            {
                _cleanupAt = clock.GetUtcNow() + CleanupInterval;
                await deliveries.DeleteOldAsync(new Instant(clock.GetUtcNow()), stop);
            }

            _fault = null;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // The worker never ends: without it, no event would be delivered until the next restart.
            if (_fault != e.Message)
            {
                LogFault(logger, e, _fault = e.Message);
            }
        }
    }

    private async Task<Dictionary<WebhookId, WebhookTarget>> OwnedAsync(CancellationToken stop)
    {
        var now = new Instant(clock.GetUtcNow());
        var targets = await deliveries.ListTargetsAsync(stop);
        if (targets.Any(target => target.OwnedUntil?.Utc - now.Utc is not { } left
            || left <= (target.Owner == _instance ? Ownership - RenewalInterval : TimeSpan.Zero)))
        {
            await deliveries.ClaimAsync(_instance, now, Instant.OfUtc(now.Utc + Ownership), stop);
            targets = await deliveries.ListTargetsAsync(stop);
        }

        return targets.Where(target => target.Owner == _instance).ToDictionary(target => target.Endpoint.Id);
    }

    [LoggerMessage(1, LogLevel.Error, "Webhook endpoints cannot be updated; trying again: {Fault}")]
    private static partial void LogFault(ILogger logger, Exception exception, string fault);
}
