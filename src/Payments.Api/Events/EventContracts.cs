using Payments.Domain.Events;

namespace Payments.Api.Events;

/// <summary>A recorded change, in the JSON format of CloudEvents 1.0.</summary>
/// <remarks>Only for the OpenAPI document. EventWriting writes the events.</remarks>
[JsonSchema("Event")]
public sealed record EventContract
{
    /// <summary>The version of CloudEvents.</summary>
    /// <example>1.0</example>
    [Required] public required string Specversion { get; init; }

    /// <summary>The position of the event: 1, 2, 3 and so on without gaps.</summary>
    /// <example>42</example>
    [Required] public required string Id { get; init; }

    /// <summary>The database and its epoch: `/payments/{store}/{epoch}`. Together with the id it identifies the event.</summary>
    [Required] public required string Source { get; init; }

    /// <summary>The kind of the change.</summary>
    [Required, JsonSchemaType(typeof(EventKind))] public required string Type { get; init; }

    /// <summary>The service's time of the change, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string Time { get; init; }

    /// <summary>The id of the payment, account, connector or webhook.</summary>
    [Required] public required string Subject { get; init; }

    /// <summary>The media type of `data`.</summary>
    /// <example>application/json</example>
    [Required] public required string Datacontenttype { get; init; }

    /// <summary>The author of the change: a kind and a name.</summary>
    /// <example>client:payments-dev</example>
    [Required] public required string Actor { get; init; }

    /// <summary>The epoch of the record. It changes when a backup is restored.</summary>
    [Required] public required string Epoch { get; init; }

    /// <summary>The W3C trace id of the request that made the change. The service's log has it too.</summary>
    public string? Traceid { get; init; }

    /// <summary>The change.</summary>
    [Required] public required EventData Data { get; init; }
}

/// <summary>A change: the payment, account, connector or webhook as it was after the change, and what was overwritten.</summary>
public sealed record EventData
{
    /// <summary>The payment after the change.</summary>
    public EventPayment? Payment { get; init; }

    /// <summary>The adjustment that `payment.created` and `payment.adjusted` recorded.</summary>
    public EventAdjustment? Adjustment { get; init; }

    /// <summary>The account.</summary>
    public IReadOnlyDictionary<string, object>? Account { get; init; }

    /// <summary>The connector.</summary>
    public IReadOnlyDictionary<string, object>? Connector { get; init; }

    /// <summary>The webhook endpoint after the change, without its secret.</summary>
    public IReadOnlyDictionary<string, object>? Webhook { get; init; }

    /// <summary>The members that the change overwrote, with the value before (`from`) and after (`to`). A metadata entry is `metadata.` and its key.</summary>
    public IReadOnlyDictionary<string, EventChange>? Changes { get; init; }

    /// <summary>True if the metadata and its changes are left out, because the data would exceed 20 kB.</summary>
    public bool? Truncated { get; init; }
}

/// <summary>A payment as it was after a change, without `raw` and `adjustments`.</summary>
public sealed record EventPayment
{
    /// <summary>The payment's id.</summary>
    [Required] public required string Id { get; init; }

    /// <summary>The provider's reference.</summary>
    [Required] public required string Reference { get; init; }

    /// <summary>The account that the money leaves. Empty if it was not reported.</summary>
    [Required(AllowEmptyStrings = true), JsonPropertyName("sourceAccountID")] public required string SourceAccountId { get; init; }

    /// <summary>The account that the money reaches. Empty if it was not reported.</summary>
    [Required(AllowEmptyStrings = true), JsonPropertyName("destinationAccountID")] public required string DestinationAccountId { get; init; }

    /// <summary>The connector that reported the payment.</summary>
    [Required, JsonPropertyName("connectorID")] public required string ConnectorId { get; init; }

    /// <summary>The connector's provider.</summary>
    [Required] public required string Provider { get; init; }

    /// <summary>The payment's type.</summary>
    [Required, JsonSchemaType(typeof(PaymentType))] public required string Type { get; init; }

    /// <summary>The payment's status.</summary>
    [Required, JsonSchemaType(typeof(PaymentStatus))] public required string Status { get; init; }

    /// <summary>The authorized amount.</summary>
    [Required] public required MinorUnits InitialAmount { get; init; }

    /// <summary>The captured amount less the refunds.</summary>
    [Required] public required MinorUnits Amount { get; init; }

    /// <summary>The payment's scheme.</summary>
    [Required, JsonSchemaType(typeof(PaymentScheme))] public required string Scheme { get; init; }

    /// <summary>The asset of the amounts.</summary>
    [Required] public required string Asset { get; init; }

    /// <summary>The earliest time in the payment's history, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string CreatedAt { get; init; }

    /// <summary>The payment's metadata. Missing if the data is truncated.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>An adjustment in an event, without `raw`.</summary>
public sealed record EventAdjustment
{
    /// <summary>The provider's reference.</summary>
    [Required] public required string Reference { get; init; }

    /// <summary>The provider's time of the event, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string CreatedAt { get; init; }

    /// <summary>The status.</summary>
    [Required, JsonSchemaType(typeof(PaymentStatus))] public required string Status { get; init; }

    /// <summary>The amount.</summary>
    [Required] public required MinorUnits Amount { get; init; }
}

/// <summary>The value of a member before and after a change; null for no value.</summary>
/// <param name="From">The value before.</param>
/// <param name="To">The value after.</param>
public sealed record EventChange(object? From, object? To);

/// <summary>The events of a payment.</summary>
/// <param name="Data">The events, oldest first.</param>
public sealed record EventsResponse([property: Required] IReadOnlyList<EventContract> Data);
