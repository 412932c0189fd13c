using System.Text.Json.Nodes;
using Payments.Application.Payments;

namespace Payments.Application.Events;

/// <summary>Reads the record of all changes.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IEventReader
{
    /// <summary>How many positions one page looks at.</summary>
    const int MaxPositions = 100_000;

    /// <summary>Returns the identity of the record and its last event.</summary>
    Task<EventRecord> FindRecordAsync(CancellationToken cancellationToken);

    /// <summary>Returns events after a position, in order of their positions. There are no gaps, except for other kinds.</summary>
    Task<EventPage> ListAsync(long after, int limit, EventKind kinds, CancellationToken cancellationToken);

    /// <summary>Returns the newest events before a position that match a filter, newest first.</summary>
    /// <returns>At most <see cref="EventFilter.PageSize"/> events, and the position down to which all events were looked at. Without a subject, at most
    /// <see cref="MaxPositions"/> positions are looked at, so a page can be empty although there are matching events before it.</returns>
    Task<EventPage> ListNewestAsync(EventFilter filter, long before, CancellationToken cancellationToken);

    /// <summary>Returns a payment's events after a position.</summary>
    Task<EventPage> ListAsync(PaymentId payment, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Completes once there is an event after a position.</summary>
    Task WaitAsync(long after, CancellationToken cancellationToken);
}

/// <summary>The record of all changes.</summary>
/// <param name="Store">The id of the database.</param>
/// <param name="Epoch">The epoch. A restored backup begins a new one, because events after the backup are lost.</param>
/// <param name="Position">The position of the last event; 0 if there is none.</param>
/// <param name="Hash">The hash of the last event, which depends on all events before it.</param>
public sealed record EventRecord(string Store, string Epoch, long Position, byte[] Hash);

/// <summary>A page of events.</summary>
/// <param name="Record">The record, as it was before the page was read.</param>
/// <param name="Events">The events.</param>
/// <param name="Position">The position up to which all events were looked at.</param>
public sealed record EventPage(EventRecord Record, IReadOnlyList<StoredEvent> Events, long Position);

/// <summary>A recorded change, and its subject as it is stored now.</summary>
public sealed class StoredEvent
{
    /// <summary>The position, from 1 without gaps.</summary>
    public required long Position { get; init; }
    /// <summary>The kind.</summary>
    public required EventKind Kind { get; init; }
    /// <summary>The number of the payment's adjustments after the change; null for other subjects.</summary>
    public int? Number { get; init; }
    /// <summary>The service's time of the change.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>The author.</summary>
    public required Actor Actor { get; init; }
    /// <summary>The W3C trace id of the request, 32 hexadecimal digits; null if there was none.</summary>
    public string? TraceId { get; init; }
    /// <summary>What the change overwrote.</summary>
    public required FieldChanges Changes { get; init; }
    /// <summary>The values after this change of the fields that later changes overwrote.</summary>
    public required IReadOnlyDictionary<string, JsonNode?> Overwritten { get; init; }
    /// <summary>The payment as it is now, without raws; null for other subjects.</summary>
    public StoredPayment? Payment { get; init; }
    /// <summary>The account, connector or webhook as it is now; null for a payment.</summary>
    public EventSubject? Subject { get; init; }
}

/// <summary>An account, a connector or a webhook endpoint in an event.</summary>
/// <param name="Name">The member of the event's data: <c>account</c>, <c>connector</c> or <c>webhook</c>.</param>
/// <param name="Id">The id.</param>
/// <param name="Members">The members, in the order of the contract.</param>
public sealed record EventSubject(string Name, string Id, JsonObject Members);
