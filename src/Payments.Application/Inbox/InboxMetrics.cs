using System.Diagnostics.Metrics;

namespace Payments.Application.Inbox;

/// <summary>The results of applying events, and what is left to do. The worker counts the latter, so only one instance reports it.</summary>
internal sealed class InboxMetrics : IDisposable
{
    private static readonly InboxState[] Open = [InboxState.Received, InboxState.Waiting, InboxState.Failed];

    private static readonly Counter<long> Results = new Meter("Payments").CreateCounter<long>(
        "payments.inbox.results", "{result}", "Results of applying provider events, by provider and state.");

    private readonly Meter _meter = new("Payments");
    private readonly TimeProvider _clock;
    private IReadOnlyList<InboxCount>? _counts;

    public InboxMetrics(TimeProvider clock)
    {
        _clock = clock;
        _meter.CreateObservableGauge("payments.inbox.entries", Entries, "{entry}", "Provider events that are not applied yet, by state.");
        _meter.CreateObservableGauge("payments.inbox.lag", Lag, "s", "Age of the oldest provider event in the state received.");
    }

    /// <summary>What the worker counted last; null if this instance is not the worker.</summary>
    public void Set(IReadOnlyList<InboxCount>? counts) => Volatile.Write(ref _counts, counts);

    public static void Count(InboxEntry entry) =>
        Results.Add(1, new("provider", entry.Connector.Provider.Id), new("state", WireName<InboxState>.Of(entry.State)));

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Entries() => Volatile.Read(ref _counts) is { } counts
        ? Open.Select(state => new Measurement<long>(
            counts.FirstOrDefault(count => count.State == state)?.Count ?? 0, new KeyValuePair<string, object?>("state", WireName<InboxState>.Of(state))))
        : [];

    private IEnumerable<Measurement<double>> Lag() => Volatile.Read(ref _counts) is { } counts
        ? [new(counts.FirstOrDefault(count => count.State == InboxState.Received) is { } received ? Math.Max(0, (_clock.GetUtcNow().UtcDateTime - received.OldestAt.Utc).TotalSeconds) : 0)]
        : [];
}
