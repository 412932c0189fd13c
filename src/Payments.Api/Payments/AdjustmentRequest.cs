using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>An event of a payment under a reference of its own, such as a partial refund.</summary>
[JsonSchema("PaymentAdjustmentRequest")]
public sealed class AdjustmentRequest : IKeepsRawBody
{
    /// <summary>
    /// The provider's reference of the adjustment, such as a refund's id: 1 to 1000 characters, without white space at its ends and without control
    /// characters. Case-sensitive. With the status and createdAt it identifies the adjustment within the payment.
    /// </summary>
    /// <example>refund-001</example>
    [Required, StringLength(PaymentReference.MaxLength, MinimumLength = 1)]
    public string? Reference { get; init; }

    /// <summary>
    /// The provider's time of the event: not the time of polling and not the current time. RFC 3339 with an offset, kept to 100 ns, at most
    /// 5 minutes ahead of the service's clock.
    /// </summary>
    /// <example>2024-05-02T09:30:00Z</example>
    [Required, JsonSchemaType(typeof(DateTimeOffset))]
    public string? CreatedAt { get; init; }

    /// <summary>The payment's new status.</summary>
    /// <example>REFUNDED</example>
    [Required, JsonSchemaType(typeof(PaymentStatus))]
    public string? Status { get; init; }

    /// <summary>Amount in minor units. Required for REFUNDED and REFUNDED_FAILURE (the refunded amount); otherwise it defaults to the payment's initial amount.</summary>
    /// <example>40</example>
    [JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))]
    public string? Amount { get; init; }

    /// <summary>The provider's object, which is kept unchanged. The default is this request.</summary>
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))]
    public string? Raw { get; set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw ??= Encoding.UTF8.GetString(body);
}
