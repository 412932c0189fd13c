using Payments.Application.Providers;

namespace Payments.Application.Inbox;

/// <summary>Stores the events that providers reported.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IInbox
{
    /// <summary>How many events of the record wake entries in one step.</summary>
    const int MaxEvents = 1000;

    /// <summary>Stores a verified event; null if its key is already stored, or its connector is no longer installed.</summary>
    Task<InboxEntry?> AddAsync(ConnectorId connector, ProviderEvent received, Instant receivedAt, CancellationToken cancellationToken);

    /// <summary>Returns an entry with its body; null if there is none or its connector is not installed.</summary>
    Task<InboxEntry?> FindAsync(long id, CancellationToken cancellationToken);

    /// <summary>Returns a page of the entries of a connector, or of one of its payments, in one state or all, without bodies.</summary>
    Task<Page<InboxEntry>> ListAsync(ConnectorId connector, PaymentId? payment, InboxState? state, PageRequest request, CancellationToken cancellationToken);

    /// <summary>Counts the entries of every installed connector that are not applied.</summary>
    Task<IReadOnlyDictionary<ConnectorId, InboxCounts>> CountByConnectorAsync(CancellationToken cancellationToken);

    /// <summary>Stores the result of applying an entry, and what it waits for.</summary>
    /// <param name="entry">The entry as it was stored before.</param>
    /// <param name="result">The result.</param>
    /// <param name="cancellationToken">Cancels the wait for the response.</param>
    Task SaveAsync(InboxEntry entry, InboxResult result, CancellationToken cancellationToken);

    /// <summary>Returns the only payment of a connector that a lookup finds, and its asset; null if there is none or several.</summary>
    Task<FoundPayment?> FindPaymentAsync(ConnectorId connector, PaymentLookup lookup, CancellationToken cancellationToken);

    /// <summary>Makes an instance the worker, or renews it; returns the position up to which events have woken entries, or null if another instance is the worker.</summary>
    Task<long?> ClaimAsync(string owner, Instant now, Instant until, CancellationToken cancellationToken);

    /// <summary>Lets another instance be the worker.</summary>
    Task ReleaseAsync(string owner, CancellationToken cancellationToken);

    /// <summary>Stores the position up to which events have woken entries. Does nothing if another instance is the worker.</summary>
    Task SavePositionAsync(string owner, long position, CancellationToken cancellationToken);

    /// <summary>Returns entries that were received before a time and not applied yet, the oldest first.</summary>
    Task<IReadOnlyList<long>> ListReceivedAsync(Instant before, int count, CancellationToken cancellationToken);

    /// <summary>Returns the entries that events after a position wake, and the position of the last of these events.</summary>
    Task<(long Position, IReadOnlyList<long> Entries)> FindWokenAsync(long after, CancellationToken cancellationToken);

    /// <summary>Returns entries after an id that were received since a time and are not applied, in the order of their ids.</summary>
    Task<IReadOnlyList<long>> ListOpenAsync(Instant since, long after, int count, CancellationToken cancellationToken);

    /// <summary>Counts the entries that are received, waiting or failed.</summary>
    /// <returns>A state without entries is missing.</returns>
    Task<IReadOnlyList<InboxCount>> CountOpenAsync(CancellationToken cancellationToken);

    /// <summary>Erases the bodies of some entries that were received before a time and are applied or ignored, or whose connector is uninstalled.</summary>
    /// <returns>Whether there can be more.</returns>
    Task<bool> EraseAsync(Instant before, CancellationToken cancellationToken);
}

/// <summary>The number of entries in a state, and when the oldest of them was received.</summary>
public sealed record InboxCount(InboxState State, long Count, Instant OldestAt);

/// <summary>The payment that an event belongs to.</summary>
public sealed record FoundPayment(PaymentId Id, string Asset);

/// <summary>How many entries of a connector are in each state except applied. No count is above <see cref="Max"/>, so that counting is fast.</summary>
public sealed record InboxCounts(int Received, int Ignored, int Waiting, int Failed)
{
    /// <summary>The max of each count: there can be more entries.</summary>
    public const int Max = 1000;
}
