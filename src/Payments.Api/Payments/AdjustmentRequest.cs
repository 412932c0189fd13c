using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>An event of a payment that has its own reference, such as a partial refund.</summary>
[JsonSchema("PaymentAdjustmentRequest")]
public sealed class AdjustmentRequest : IKeepsRawBody
{
    /// <summary>
    /// The provider's reference of the event, such as the id of a refund: 1 to 1000 characters, case-sensitive. White space and invisible
    /// characters at its ends, and control characters, are rejected. The reference, the status and `createdAt` identify the adjustment within the
    /// payment.
    /// </summary>
    /// <example>refund-001</example>
    [Required, StringLength(PaymentReference.MaxLength, MinimumLength = 1)]
    public string? Reference { get; init; }

    /// <summary>
    /// The provider's time of the event: not the time of polling, and not the current time. RFC 3339 with an offset, stored with a precision of
    /// 100 ns. It must not be before 1970 or more than 5 minutes ahead of the service's clock.
    /// </summary>
    /// <example>2024-05-02T09:30:00Z</example>
    [Required, JsonSchemaType(typeof(DateTimeOffset))]
    public string? CreatedAt { get; init; }

    /// <summary>The status that the event reports.</summary>
    /// <example>REFUNDED</example>
    [Required, JsonSchemaType(typeof(PaymentStatus))]
    public string? Status { get; init; }

    /// <summary>
    /// The amount in minor units, digits only. Required for REFUNDED and REFUNDED_FAILURE (the refunded amount). Otherwise the default is the
    /// payment's initial amount. REFUNDED_FAILURE gives back the whole refund of its reference, whatever its own amount is.
    /// </summary>
    /// <example>40</example>
    [JsonSchemaType(typeof(MinorUnits)), JsonConverter(typeof(JsonNumberTextConverter))]
    public string? Amount { get; init; }

    /// <summary>The provider's JSON object for the event. It is stored unchanged. The default is the body of this request.</summary>
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))]
    public string? Raw { get; set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw ??= Encoding.UTF8.GetString(body);
}
