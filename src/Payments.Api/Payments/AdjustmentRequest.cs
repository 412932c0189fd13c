using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>A further step of a payment's life.</summary>
[JsonSchema("PaymentAdjustmentRequest")]
public sealed class AdjustmentRequest : IKeepsRawBody
{
    /// <summary>The provider's own reference of the step; with its status it identifies the step within the payment.</summary>
    /// <example>refund-001</example>
    [Required]
    [StringLength(PaymentReference.MaxLength, MinimumLength = 1)]
    public string? Reference { get; init; }

    /// <summary>When the step happened at the provider: RFC 3339 with an offset, kept to 100 ns, at most 5 minutes ahead of the server's clock.</summary>
    /// <example>2024-05-02T09:30:00Z</example>
    [Required]
    [JsonSchemaType(typeof(DateTimeOffset))]
    public string? CreatedAt { get; init; }

    /// <summary>What the payment came to.</summary>
    /// <example>REFUNDED</example>
    [Required]
    [JsonSchemaType(typeof(PaymentStatus))]
    public string? Status { get; init; }

    /// <summary>In minor units: what was refunded, for REFUNDED, which needs it; else the payment's initial amount, where it is left out.</summary>
    /// <example>40</example>
    [JsonSchemaType(typeof(MinorUnits))]
    [JsonConverter(typeof(JsonNumberTextConverter))]
    public string? Amount { get; init; }

    /// <summary>The provider's own object, kept as it is; where it is left out, this request is kept in its place.</summary>
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>))]
    [JsonConverter(typeof(JsonObjectTextConverter))]
    public string? Raw { get; set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw ??= Encoding.UTF8.GetString(body);
}
