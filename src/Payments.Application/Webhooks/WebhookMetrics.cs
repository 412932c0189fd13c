using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Payments.Application.Webhooks;

/// <summary>Attempts and delays by endpoint. There are at most as many time series as endpoints.</summary>
internal static class WebhookMetrics
{
    private static readonly Meter Meter = new("Payments");

    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "payments.webhooks.attempts", "{attempt}", "Attempts to deliver an event, by endpoint and outcome.");

    private static readonly ConcurrentDictionary<EndpointDelivery, byte> Running = new();

    static WebhookMetrics() => Meter.CreateObservableGauge(
        "payments.webhooks.lag",
        () => Running.Keys.Select(delivery => new Measurement<double>(delivery.Lag.TotalSeconds, new KeyValuePair<string, object?>("webhook", $"{delivery.Id}"))),
        "s",
        "Age of the oldest event whose first attempt has not ended, by endpoint. Only the instance that owns the endpoint reports it.");

    public static void Count(WebhookId id, WebhookAttempt attempt) =>
        Attempts.Add(1, new("webhook", $"{id}"), new("outcome", attempt.IsSuccess ? "delivered" : "failed"));

    public static void Started(EndpointDelivery delivery) => Running.TryAdd(delivery, 0);

    public static void Ended(EndpointDelivery delivery) => Running.TryRemove(delivery, out _);
}
