using System.Text.Json.Serialization;
using Payments.Application.Providers;

namespace Payments.Application.Inbox;

/// <summary>An event that a provider reported, and its result.</summary>
/// <param name="Id">The number of the entry, in the order of arrival.</param>
/// <param name="Connector">The connector.</param>
/// <param name="Key">The key that identifies the event within its connector.</param>
/// <param name="Kind">The provider's name of the kind.</param>
/// <param name="ReceivedAt">When the event was received.</param>
/// <param name="State">The state.</param>
/// <param name="Reason">Why the event is ignored, waiting or failed.</param>
/// <param name="Payment">The payment that the event belongs to; null if it is unknown.</param>
/// <param name="Body">The provider's JSON object; null if it was erased, or in a list.</param>
public sealed record InboxEntry(
    long Id, ConnectorId Connector, string Key, string Kind, Instant ReceivedAt, InboxState State, string? Reason, PaymentId? Payment, string? Body);

/// <summary>The state of an inbox entry.</summary>
public enum InboxState
{
    /// <summary>The event is stored and not applied yet.</summary>
    [JsonStringEnumMemberName("received")] Received = 1,
    /// <summary>The event is part of its payment's history.</summary>
    [JsonStringEnumMemberName("applied")] Applied = 2,
    /// <summary>The event changes no payment, or says nothing new.</summary>
    [JsonStringEnumMemberName("ignored")] Ignored = 3,
    /// <summary>The payment of the event is not recorded yet. The event is applied when it is.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting = 4,
    /// <summary>The event contradicts its payment, or lacks a value. It is applied again when its payment changes or on request.</summary>
    [JsonStringEnumMemberName("failed")] Failed = 5,
}

/// <summary>The result of applying an event.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why the event is ignored, waiting or failed.</param>
/// <param name="Payment">The payment; null if it is unknown.</param>
/// <param name="Waits">The lookups that can find a payment which changes the result.</param>
public sealed record InboxResult(InboxState State, string? Reason, PaymentId? Payment, IReadOnlyList<PaymentLookup> Waits)
{
    /// <summary>The max length of a reason in UTF-16 code units.</summary>
    public const int MaxReasonLength = 2000;

    /// <summary>Whether another result is the same.</summary>
    public bool IsSame(InboxResult other) => State == other.State && Reason == other.Reason && Payment == other.Payment && Waits.SequenceEqual(other.Waits);
}
