using System.Text.Json.Nodes;
using Payments.Application.Events;
using Payments.Application.Inbox;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Webhooks;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Domain.Webhooks;

namespace Payments.Dashboard.Payments;

/// <summary>The page of a payment.</summary>
internal sealed record PaymentModel
{
    /// <summary>How many entries of the history a page shows.</summary>
    public const int PageSize = 25;

    public const int EventPageSize = 1000;

    /// <summary>How many events are read. A payment has at most 1000 adjustments, but its metadata can be changed at any time.</summary>
    public const int MaxEvents = 5000;

    private readonly IReadOnlyList<HistoryEntry> _history;

    public PaymentModel(StoredPayment stored, Connector? connector, IReadOnlyList<StoredEvent> events, IReadOnlyList<PaymentDelivery> deliveries)
    {
        (Stored, Connector, Deliveries) = (stored, connector, deliveries);
        Payment = stored.AsOf(stored.Recorded.Count);
        Metadata = Metadata.FromJson(stored.Metadata);
        _history = [.. InOrder(events)];
    }

    public StoredPayment Stored { get; }

    /// <summary>The payment with what follows from its history.</summary>
    public Payment Payment { get; }

    /// <summary>The connector; null if it is no longer installed.</summary>
    public Connector? Connector { get; }

    public Metadata Metadata { get; }
    public IReadOnlyList<PaymentDelivery> Deliveries { get; }

    /// <summary>The newest entries of the inbox that belong to the payment.</summary>
    public Page<InboxEntry> ProviderEvents { get; init; } = new([], null, null);

    /// <summary>The number of the first entry of the history that the page shows.</summary>
    public int First { get; init; }

    /// <summary>Whether the newest events are left out, because there are too many.</summary>
    public bool HasUnreadEvents { get; init; }

    /// <summary>The form that was saved; null if none was.</summary>
    public string? Saved { get; init; }

    public required AdjustmentForm Adjustment { get; init; }
    public required MetadataForm MetadataForm { get; init; }

    public string Url => $"{PaymentListQuery.Path}/{Payment.Id}";
    public string ConnectorName => new ConnectorNames(Connector is null ? [] : [Connector]).Of(Payment.ConnectorId);
    public string ConnectorUrl => $"/dashboard/connectors/{Payment.ConnectorId.Provider.Id}/{Payment.ConnectorId}";

    /// <summary>Whether the amount is what is left of the payment. Of one that did not happen, nothing is.</summary>
    public bool IsAmountLeft => Payment.Status is not (PaymentStatus.Failed or PaymentStatus.Cancelled or PaymentStatus.Expired);

    public IEnumerable<KeyValuePair<string, string>> SortedMetadata => Metadata.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal);
    public bool HasOlder => First + PageSize < _history.Count;

    /// <summary>The accounts that are known: the direction, the reference and the id.</summary>
    public IEnumerable<(string Direction, AccountId Id)> Accounts
    {
        get
        {
            if (Payment.Details.SourceAccountId is { } source)
            {
                yield return ("From", source);
            }

            if (Payment.Details.DestinationAccountId is { } destination)
            {
                yield return ("To", destination);
            }
        }
    }

    /// <summary>The entries of the history that the page shows, newest first, each with what it changed.</summary>
    public IEnumerable<HistoryEntry> History => _history.Skip(First).Take(PageSize).Select(entry => entry with { Changes = [.. Changes(entry)] });

    public string ActorText(Actor actor) => actor.Kind switch
    {
        ActorKind.Client => $"API client {actor.Name}",
        ActorKind.User => $"user {actor.Name}",
        ActorKind.CommandLine => $"{actor.Name} on the command line",
        ActorKind.ProviderWebhook => $"provider webhook {(actor.Name == $"{Payment.ConnectorId}" ? ConnectorName : actor.Name)}",
        _ => "the service",
    };

    /// <summary>The class and the text of a delivery's state.</summary>
    public static (string Class, string Text) StateOf(WebhookDelivery delivery) => (
        WebhookModel.ColorOf(delivery.State),
        delivery.State == DeliveryState.Pending && delivery.AttemptCount > 0 ? "Retrying" : $"{delivery.State}");

    // Adjustments in the order of the history, by the provider's time, and changes of the metadata in between, by the service's time.
    private IEnumerable<HistoryEntry> InOrder(IReadOnlyList<StoredEvent> events)
    {
        var byNumber = events.Where(stored => stored.Kind != EventKind.PaymentUpdated && stored.Number is not null)
            .ToDictionary(stored => stored.Number!.Value);
        var numbers = Stored.Recorded.Index().ToDictionary(recorded => recorded.Item, recorded => recorded.Index + 1);
        var updates = new Stack<StoredEvent>(events.Where(stored => stored.Kind == EventKind.PaymentUpdated));
        foreach (var adjustment in Stored.Adjustments)
        {
            while (updates.TryPeek(out var update) && update.At.UtcDateTime >= adjustment.CreatedAt)
            {
                yield return new HistoryEntry(null, 0, updates.Pop());
            }

            yield return new HistoryEntry(adjustment, numbers[adjustment], byNumber.GetValueOrDefault(numbers[adjustment]));
        }

        while (updates.TryPop(out var update))
        {
            yield return new HistoryEntry(null, 0, update);
        }
    }

    private IEnumerable<HistoryChange> Changes(HistoryEntry entry)
    {
        if (entry.Number > 1)
        {
            var (before, after) = (Stored.AsOf(entry.Number - 1), Stored.AsOf(entry.Number));
            if (before.Status != after.Status)
            {
                yield return new("Status", Name(before.Status), Name(after.Status));
            }

            if (before.Amount != after.Amount)
            {
                yield return new("Left", before.Amount.ToString(), after.Amount.ToString(), IsAmount: true);
            }

            if (before.InitialAmount != after.InitialAmount)
            {
                yield return new("Initial", before.InitialAmount.ToString(), after.InitialAmount.ToString(), IsAmount: true);
            }
        }

        foreach (var (field, change) in entry.Event?.Changes ?? [])
        {
            // What reports said and which keys were edited follows from the other changes.
            var isMetadata = field.StartsWith(PaymentChanges.Metadata, StringComparison.Ordinal);
            if (isMetadata || field is "scheme" or "sourceAccountID" or "destinationAccountID")
            {
                yield return new(isMetadata ? field[PaymentChanges.Metadata.Length..] : field, Text(field, change.From), Text(field, change.To));
            }
        }
    }

    private static string Name(PaymentStatus status) => PaymentText.Status(WireName<PaymentStatus>.Of(status));

    private static string? Text(string field, JsonNode? value)
    {
        var text = value?.GetValue<string>();
        var isAccount = text is not null && field.EndsWith("AccountID", StringComparison.Ordinal);
        return isAccount && AccountId.TryParse(text!, out var account) ? account.Reference.Text : text;
    }
}

/// <summary>An entry of a payment's history.</summary>
/// <param name="Adjustment">The adjustment; null if only metadata or details changed.</param>
/// <param name="Number">The number of the adjustment in the order of recording.</param>
/// <param name="Event">The event that recorded it; null if there are too many events to read.</param>
internal sealed record HistoryEntry(StoredAdjustment? Adjustment, int Number, StoredEvent? Event)
{
    /// <summary>Why the payment or the refund did not happen, in the provider's words; null if it happened or the provider's object does not say.</summary>
    public string? Reason => Adjustment is { Status: "FAILED" or "CANCELLED" or "EXPIRED" or "REFUNDED_FAILURE" } ? FailureReason.Find(Adjustment.Raw) : null;

    public IReadOnlyList<HistoryChange> Changes { get; init; } = [];
}

/// <summary>What an entry of the history changed, before and after; null for no value.</summary>
internal sealed record HistoryChange(string Label, string? From, string? To, bool IsAmount = false);
