using Payments.Application.Inbox;

namespace Payments.Api.Inbox;

/// <summary>An event that the provider of a connector reported.</summary>
[JsonSchema("InboxEntry")]
public record InboxEntryData
{
    /// <summary>The id of the entry.</summary>
    /// <example>42</example>
    [Required, JsonPropertyName("id")] public required string Id { get; init; }

    /// <summary>The key that identifies the event within its connector, such as the provider's id of the event.</summary>
    /// <example>evt_1NG8Du2eZvKYlo2CUI79vXWy</example>
    [Required] public required string EventKey { get; init; }

    /// <summary>The provider's name of the kind of event.</summary>
    /// <example>refund.created</example>
    [Required] public required string Kind { get; init; }

    /// <summary>When the event was received, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string ReceivedAt { get; init; }

    /// <summary>The state.</summary>
    [Required, JsonSchemaType(typeof(InboxState))] public required string State { get; init; }

    /// <summary>Why the event is ignored, waiting or failed. Left out if it is applied.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Reason { get; init; }

    /// <summary>The payment that the event belongs to. Left out if it is unknown.</summary>
    [JsonPropertyName("paymentID"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? PaymentId { get; init; }

    /// <summary>The provider's JSON object. Left out in a list, and after it was erased.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JsonElement? Body { get; init; }
}

/// <summary>An event that the provider of a connector reported.</summary>
/// <param name="Data">The entry of the inbox, with its body.</param>
public sealed record InboxEntryResponse([property: Required] InboxEntryData Data);
