using Payments.Api.Json;

namespace Payments.Api.Payments;

/// <summary>One payment.</summary>
/// <param name="Data">The payment as it is recorded now.</param>
public sealed record PaymentResponse([property: Required] PaymentData Data);

/// <summary>A payment.</summary>
[JsonSchema("Payment")]
public record PaymentData
{
    /// <summary>The payment's id, derived from the connector, the reference and the type.</summary>
    [Required] public required string Id { get; init; }

    /// <summary>The provider's reference of the payment.</summary>
    [Required] public required string Reference { get; init; }

    /// <summary>The id of the account that the money leaves. Empty if it was not reported.</summary>
    [Required(AllowEmptyStrings = true), JsonPropertyName("sourceAccountID")] public required string SourceAccountId { get; init; }

    /// <summary>The id of the account that the money reaches. Empty if it was not reported.</summary>
    [Required(AllowEmptyStrings = true), JsonPropertyName("destinationAccountID")] public required string DestinationAccountId { get; init; }

    /// <summary>The id of the connector that reported the payment.</summary>
    [Required, JsonPropertyName("connectorID")] public required string ConnectorId { get; init; }

    /// <summary>The connector's provider.</summary>
    /// <example>STRIPE</example>
    [Required] public required string Provider { get; init; }

    /// <summary>The payment's type.</summary>
    [Required, JsonSchemaType(typeof(PaymentType))] public required string Type { get; init; }

    /// <summary>
    /// The status of the adjustment with the latest `createdAt`. While a capture under another reference is successful, FAILED, CANCELLED and
    /// EXPIRED do not count.
    /// </summary>
    [Required, JsonSchemaType(typeof(PaymentStatus))] public required string Status { get; init; }

    /// <summary>
    /// The authorized amount, in minor units: the amount of the earliest PENDING, SUCCEEDED or dispute under the payment's own reference. If there
    /// is none, the largest amount under that reference.
    /// </summary>
    [Required, JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))] public required string InitialAmount { get; init; }

    /// <summary>
    /// The captured amount minus the refunds, in minor units. A refund that fails gives its amount back. The amount is 0 if only refunds have been
    /// reported so far. Without a capture and refunds, it equals `initialAmount`, whatever the status is (PENDING, FAILED, CANCELLED, EXPIRED). Disputes
    /// do not change it. So if you sum amounts, also filter by `status`.
    /// </summary>
    [Required, JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))] public required string Amount { get; init; }

    /// <summary>The payment scheme.</summary>
    [Required, JsonSchemaType(typeof(PaymentScheme))] public required string Scheme { get; init; }

    /// <summary>The asset of the amounts.</summary>
    [Required] public required string Asset { get; init; }

    /// <summary>The earliest `createdAt` of all adjustments, in UTC. It changes if an earlier event arrives later.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string CreatedAt { get; init; }

    /// <summary>The `raw` of the earliest adjustment under the payment's own reference.</summary>
    [Required, JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Raw { get; init; }

    /// <summary>
    /// The payment's history, newest first. It is never empty. An adjustment with the same status as the previous one under its reference does not
    /// affect the payment.
    /// </summary>
    [Required] public required IReadOnlyList<PaymentAdjustmentData> Adjustments { get; init; }

    /// <summary>Your own data on the payment.</summary>
    [Required, JsonSchemaType(typeof(IReadOnlyDictionary<string, string>)), JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Metadata { get; init; }
}

/// <summary>An entry in a payment's history.</summary>
[JsonSchema("PaymentAdjustment")]
public sealed record PaymentAdjustmentData
{
    /// <summary>The provider's reference of the adjustment. Reports of the payment itself have the payment's own reference.</summary>
    [Required] public required string Reference { get; init; }

    /// <summary>The provider's time of the event, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string CreatedAt { get; init; }

    /// <summary>The status that the event reported.</summary>
    [Required, JsonSchemaType(typeof(PaymentStatus))] public required string Status { get; init; }

    /// <summary>The amount of the event, in minor units, such as the captured or the refunded amount.</summary>
    [Required, JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))] public required string Amount { get; init; }

    /// <summary>The provider's JSON object for the event.</summary>
    [Required, JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Raw { get; init; }
}
