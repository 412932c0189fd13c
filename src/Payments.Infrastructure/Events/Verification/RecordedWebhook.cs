using System.Text.Json.Nodes;
using Payments.Application.Events;
using Payments.Infrastructure.Changes;

namespace Payments.Infrastructure.Events.Verification;

/// <summary>The row of a webhook endpoint with its events, to undo its changes. Secrets, cursors and deliveries are not part of the record.</summary>
internal sealed class RecordedWebhook
{
    private readonly string _id;
    private readonly string _url;
    private readonly long _kinds;
    private readonly string? _description;
    private readonly long _isOrdered;
    private readonly string _secretLastFour;
    private readonly string _state;
    private readonly string? _disabledReason;
    private readonly object? _createdAt;
    private readonly bool _isDeleted;
    private readonly long _revision;

    public RecordedWebhook(StoredColumns row)
    {
        Sequence = row.Number();
        _id = row.Text();
        _url = row.Text();
        _kinds = row.Number();
        _description = row.TextOrNull();
        _isOrdered = row.Number();
        _secretLastFour = row.Text();
        _state = row.Text();
        _disabledReason = row.TextOrNull();
        _createdAt = row.Time();
        _isDeleted = row.Time() is not null;
        _revision = row.Number();
    }

    public long Sequence { get; }
    public List<RecordedPayment.Event> Events { get; } = [];

    /// <summary>Adds the endpoint as it was created.</summary>
    /// <returns>What contradicts the changes that were undone for that; null if nothing does.</returns>
    public DifferenceException? AddTo(EventDigest digest)
    {
        DifferenceException? fault = null;
        var state = new Dictionary<string, JsonNode?>
        {
            ["url"] = _url,
            ["types"] = new JsonArray([.. Types().Select(type => JsonValue.Create(type))]),
            ["description"] = _description ?? "",
            ["ordered"] = _isOrdered == 1,
            ["secretLastFour"] = _secretLastFour,
            ["state"] = _state,
            ["disabledReason"] = _disabledReason,
        };
        foreach (var change in Events.Where(change => change.Changes is not null).Reverse())
        {
            foreach (var (field, (from, to)) in DifferenceException.Read("event.changes", () => FieldChanges.FromJson(change.Changes)))
            {
                fault ??= JsonNode.DeepEquals(state.GetValueOrDefault(field), to) ? null : new(field, DifferenceException.NotAsRecorded);
                state[field] = from;
            }
        }

        DifferenceException.Read("event.changes", () =>
        {
            digest.AddWebhook(
                (string)state["url"]!, state["types"]!.AsArray().Select(type => (string)type!), (string)state["description"]!, (bool)state["ordered"]!,
                (string)state["secretLastFour"]!, (string)state["state"]!, (string?)state["disabledReason"], StoredColumns.ToUtc("createdAt", _createdAt));
            return digest;
        });
        return fault;
    }

    /// <summary>Checks that the endpoint has an event for each revision, in the order of the positions.</summary>
    /// <exception cref="DifferenceException">An event is missing, or one too many.</exception>
    public void CheckEvents()
    {
        DifferenceException.ThrowIf(Events.Count != _revision + 1, "revision", $"The endpoint has revision {_revision}, so it must have {_revision + 1} events, but the record has {Events.Count}.");
        var (revision, position) = (0L, 0L);
        foreach (var recorded in Events)
        {
            DifferenceException.ThrowIf(recorded.Revision != revision, "revision", $"The event of revision {revision} is missing.");
            DifferenceException.ThrowIf(recorded.Kind == EventKind.WebhookCreated != (revision == 0), "event.type");
            DifferenceException.ThrowIf(recorded.Kind == EventKind.WebhookDeleted && revision != _revision, "event.type", "The endpoint has events after its deletion.");
            DifferenceException.ThrowIf((recorded.Position ?? long.MaxValue) <= position, "event.position", "The event comes before an earlier change of the endpoint.");
            position = recorded.Position ?? position;
            revision++;
        }
    }

    /// <summary>Checks what the digest does not show, because it has other values for the same column.</summary>
    /// <exception cref="DifferenceException">A value is not one that the service writes.</exception>
    public void Check()
    {
        DifferenceException.ThrowIf(_isDeleted != (Events[^1].Kind == EventKind.WebhookDeleted), "deletedAt");
        DifferenceException.ThrowIf(_kinds != Types().Sum(type => (long)WireName<EventKind>.Parse(type)), "types");
        DifferenceException.ThrowIf(_isOrdered is not (0 or 1), "ordered");
        DifferenceException.ThrowIf(_description is "", "description");
        DifferenceException.ThrowIf(_id != DifferenceException.Read("id", () => StoredValue.Read<WebhookId>(_id)).ToString(), "webhookID");
    }

    private IReadOnlyList<string> Types() => WebhookSettings.TypesOf((EventKind)(int)Math.Clamp(_kinds, int.MinValue, int.MaxValue));
}
