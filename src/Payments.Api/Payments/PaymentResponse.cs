using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>One payment.</summary>
/// <param name="Data">The payment as it is stored now.</param>
public sealed record PaymentResponse([property: Required] PaymentData Data);

/// <summary>A payment.</summary>
[JsonSchema("Payment")]
public record PaymentData
{
    /// <summary>Derived from connector, reference and type.</summary>
    [Required]
    public required string Id { get; init; }

    /// <summary>The provider's own reference.</summary>
    [Required]
    public required string Reference { get; init; }

    /// <summary>The account that the money leaves, or "".</summary>
    [Required(AllowEmptyStrings = true)]
    [JsonPropertyName("sourceAccountID")]
    public required string SourceAccountId { get; init; }

    /// <summary>The account that the money reaches, or "".</summary>
    [Required(AllowEmptyStrings = true)]
    [JsonPropertyName("destinationAccountID")]
    public required string DestinationAccountId { get; init; }

    /// <summary>The connector it was reported through.</summary>
    [Required]
    [JsonPropertyName("connectorID")]
    public required string ConnectorId { get; init; }

    /// <summary>The connector's provider, by its name in the contract.</summary>
    /// <example>STRIPE</example>
    [Required]
    public required string Provider { get; init; }

    /// <summary>Which way the money goes.</summary>
    [Required]
    [JsonSchemaType(typeof(PaymentType))]
    public required string Type { get; init; }

    /// <summary>The status of the newest adjustment.</summary>
    [Required]
    [JsonSchemaType(typeof(PaymentStatus))]
    public required string Status { get; init; }

    /// <summary>The amount the payment was made with, in minor units.</summary>
    [Required]
    [JsonSchemaType(typeof(MinorUnits))]
    [JsonConverter(typeof(JsonNumberTextConverter))]
    public required string InitialAmount { get; init; }

    /// <summary>What is left of it after its refunds, in minor units.</summary>
    [Required]
    [JsonSchemaType(typeof(MinorUnits))]
    [JsonConverter(typeof(JsonNumberTextConverter))]
    public required string Amount { get; init; }

    /// <summary>The scheme that carries it.</summary>
    [Required]
    [JsonSchemaType(typeof(PaymentScheme))]
    public required string Scheme { get; init; }

    /// <summary>What the amounts are of.</summary>
    [Required]
    public required string Asset { get; init; }

    /// <summary>When it was made at the provider, in UTC.</summary>
    [Required]
    [JsonSchemaType(typeof(DateTimeOffset))]
    public required string CreatedAt { get; init; }

    /// <summary>The provider's own object.</summary>
    [Required]
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>))]
    [JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Raw { get; init; }

    /// <summary>The steps of its life, the newest first; never empty.</summary>
    [Required]
    public required IReadOnlyList<PaymentAdjustmentData> Adjustments { get; init; }

    /// <summary>The company's own facts.</summary>
    [Required]
    [JsonConverter(typeof(StringMapConverter))]
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>One step of a payment's life.</summary>
[JsonSchema("PaymentAdjustment")]
public sealed record PaymentAdjustmentData
{
    /// <summary>The provider's reference of the step.</summary>
    [Required]
    public required string Reference { get; init; }

    /// <summary>When it happened at the provider, in UTC.</summary>
    [Required]
    [JsonSchemaType(typeof(DateTimeOffset))]
    public required string CreatedAt { get; init; }

    /// <summary>What the payment came to.</summary>
    [Required]
    [JsonSchemaType(typeof(PaymentStatus))]
    public required string Status { get; init; }

    /// <summary>The payment's amount, or what was refunded, in minor units.</summary>
    [Required]
    [JsonSchemaType(typeof(MinorUnits))]
    [JsonConverter(typeof(JsonNumberTextConverter))]
    public required string Amount { get; init; }

    /// <summary>What the provider said.</summary>
    [Required]
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>))]
    [JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Raw { get; init; }
}
