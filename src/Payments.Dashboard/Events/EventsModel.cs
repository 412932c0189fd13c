using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Payments.Application.Events;
using Payments.Dashboard.Connectors;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Forms;
using Payments.Domain.Connectors;
using Payments.Domain.Events;

namespace Payments.Dashboard.Events;

/// <summary>A page of the event record, newest first.</summary>
/// <param name="Parameters">The parameters of the URL.</param>
/// <param name="Page">The events.</param>
/// <param name="Connectors">The names of connectors.</param>
public sealed record EventsModel(FormInput Parameters, EventPage Page, ConnectorNames Connectors)
{
    private const string Path = "/dashboard/events";

    /// <summary>The fields of the filter.</summary>
    public static IReadOnlyList<string> Fields { get; } = [EventParameters.ActorName, EventParameters.From, EventParameters.Until, EventParameters.Subject];

    /// <summary>The events.</summary>
    public IEnumerable<EventRow> Rows => Page.Events.Select(stored => EventRow.Of(stored, Connectors));
    /// <summary>Whether the URL has a filter.</summary>
    public bool IsFiltered => Fields.Append(EventParameters.Kind).Any(name => Parameters.All(name).Count > 0);
    /// <summary>Whether this is the newest page, which gets new events.</summary>
    public bool IsNewest => Parameters.Given(EventParameters.Before) is null && Parameters.Errors.Count == 0;
    /// <summary>Whether every event that can match was looked at.</summary>
    public bool IsComplete => Page.Position <= 1;
    /// <summary>Whether the page is not full although older events can match.</summary>
    public bool IsCut => !IsComplete && Page.Events.Count < EventFilter.PageSize;
    /// <summary>The page of older events.</summary>
    public string Older => Url(Page.Position);
    /// <summary>The newest page with this filter.</summary>
    public string Newest => Url(null);
    /// <summary>The hash of the last event.</summary>
    public string Hash => Convert.ToHexStringLower(Page.Record.Hash);

    private string Url(long? before) => QueryHelpers.AddQueryString(
        Path,
        [
            .. from name in Fields.Append(EventParameters.Kind)
               from value in Parameters.All(name)
               select KeyValuePair.Create(name, (string?)value),
            .. before is null ? [] : new[] { KeyValuePair.Create(EventParameters.Before, (string?)$"{before}") },
        ]);
}

/// <summary>An event, as the page shows it.</summary>
/// <param name="Event">The event.</param>
/// <param name="Actor">The author in words.</param>
/// <param name="Subject">The name of the subject.</param>
/// <param name="SubjectPath">The page of the subject.</param>
/// <param name="Summary">What happened, in words; empty if the kind says it.</param>
/// <param name="Amount">The digits of the amount; null if there is none.</param>
/// <param name="Asset">The asset of every amount; empty if there is none.</param>
/// <param name="Changes">What was overwritten.</param>
public sealed record EventRow(
    StoredEvent Event, string Actor, string Subject, string SubjectPath, string Summary, string? Amount, string Asset, IReadOnlyList<ShownChange> Changes)
{
    /// <summary>The name of the kind.</summary>
    public string Kind => WireName<EventKind>.Of(Event.Kind);
    /// <summary>The color of the kind.</summary>
    public string Color => Event.Kind switch
    {
        EventKind.WebhookDisabled => "bad",
        EventKind.ConnectorUninstalled or EventKind.WebhookDeleted => "warn",
        EventKind.PaymentCreated => "ok",
        _ => "mute",
    };
    /// <summary>The events of the same author.</summary>
    public string ActorPath => QueryHelpers.AddQueryString("/dashboard/events", EventParameters.ActorName, Event.Actor.ToString());

    /// <summary>The row of an event.</summary>
    internal static EventRow Of(StoredEvent stored, ConnectorNames connectors)
    {
        var data = JsonNode.Parse(stored.Data())!;
        // Which keys were edited follows from the other changes.
        var changes = (data["changes"] as JsonObject ?? [])
            .Where(change => !change.Key.StartsWith(PaymentChanges.EditedMetadataKeys, StringComparison.Ordinal))
            .Select(change => new ShownChange(change.Key, Shown(change.Key, change.Value!["from"]), Shown(change.Key, change.Value["to"])))
            .ToList();
        var actor = stored.Actor.Kind == ActorKind.ProviderWebhook && ConnectorId.TryParse(stored.Actor.Name, out var sender)
            ? $"provider webhook {connectors.Of(sender)}"
            : stored.Actor.ToString();
        if (stored.Payment is { } payment)
        {
            var what = data["adjustment"] ?? data["payment"]!;
            var reference = Text(data["adjustment"]?["reference"]);
            return new(
                stored, actor, payment.Reference, $"/dashboard/payments/{payment.Id}",
                stored.Kind == EventKind.PaymentUpdated ? "" : $"{PaymentText.Status(Text(what["status"])!)}{(reference == payment.Reference ? "" : $" {reference}")}",
                stored.Kind == EventKind.PaymentUpdated ? null : Text(what["amount"]), payment.Asset, changes);
        }

        var subject = stored.Subject!;
        var members = data[subject.Name]!;
        var (name, path) = subject.Name switch
        {
            "account" => (Text(members["reference"]), $"/dashboard/accounts/{subject.Id}"),
            "connector" => (
                ConnectorId.TryParse(subject.Id, out var id) ? ConnectorNames.Of(id.Provider, Text(members["name"])!) : subject.Id,
                id is null ? "/dashboard/connectors" : ConnectorModel.PathOf(id)),
            _ => (Text(members["url"]), $"/dashboard/webhooks/{subject.Id}"),
        };
        return new(stored, actor, name!, path, "", null, "", changes);
    }

    private static string? Shown(string field, JsonNode? value) => field == "status" && value is not null ? PaymentText.Status(Text(value)!) : Text(value);

    private static string? Text(JsonNode? node) => node?.ToString();
}

/// <summary>A field that an event overwrote; null for no value.</summary>
public sealed record ShownChange(string Field, string? From, string? To)
{
    /// <summary>Whether the values are amounts in minor units.</summary>
    public bool IsAmount => Field is "amount" or "initialAmount";
}
