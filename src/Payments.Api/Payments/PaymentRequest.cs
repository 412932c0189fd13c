using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>A payment as its provider reports it.</summary>
/// <remarks>The annotations are for the OpenAPI document; the rules themselves are checked where the values are made.</remarks>
[JsonSchema("PaymentRequest")]
public class PaymentRequest : IKeepsRawBody
{
    /// <summary>The provider's own reference, case-sensitive: 1 to 1000 characters, without white space at its ends or control characters.</summary>
    /// <example>ref-001</example>
    [Required]
    [StringLength(PaymentReference.MaxLength, MinimumLength = 1)]
    public string? Reference { get; init; }

    /// <summary>The id of an installed connector.</summary>
    /// <example>eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9</example>
    [Required]
    [JsonPropertyName("connectorID")]
    public string? ConnectorId { get; init; }

    /// <summary>When the payment was made at the provider: RFC 3339 with an offset, kept to 100 ns, at most 5 minutes ahead of the server's clock.</summary>
    /// <example>2024-05-01T12:00:00Z</example>
    [Required]
    [JsonSchemaType(typeof(DateTimeOffset))]
    public string? CreatedAt { get; init; }

    /// <summary>The amount in minor units of the asset (cents for USD/2), digits only. For a new status REFUNDED it is what was refunded.</summary>
    /// <example>100</example>
    [Required]
    [JsonSchemaType(typeof(MinorUnits))]
    [JsonConverter(typeof(JsonNumberTextConverter))]
    public string? Amount { get; init; }

    /// <summary>Which way the money goes.</summary>
    /// <example>PAY-IN</example>
    [Required]
    [JsonSchemaType(typeof(PaymentType))]
    public string? Type { get; init; }

    /// <summary>How far the payment has come.</summary>
    /// <example>SUCCEEDED</example>
    [Required]
    [JsonSchemaType(typeof(PaymentStatus))]
    public string? Status { get; init; }

    /// <summary>The scheme that carries it.</summary>
    /// <example>visa</example>
    [Required]
    [JsonSchemaType(typeof(PaymentScheme))]
    public string? Scheme { get; init; }

    /// <summary>What the amount is of, with the decimal places of its minor unit.</summary>
    /// <example>USD/2</example>
    [Required]
    [RegularExpression(Domain.Asset.Pattern)]
    public string? Asset { get; init; }

    /// <summary>The id of the account that the money leaves. The account need not be known.</summary>
    [JsonPropertyName("sourceAccountID")]
    public string? SourceAccountId { get; init; }

    /// <summary>The id of the account that the money reaches. The account need not be known.</summary>
    [JsonPropertyName("destinationAccountID")]
    public string? DestinationAccountId { get; init; }

    /// <summary>The company's own facts: at most 50 entries, keys of 1 to 100 characters, values of at most 1000.</summary>
    [JsonConverter(typeof(StringMapConverter))]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The provider's own object, kept as it is; where it is left out, this request is kept in its place.</summary>
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>))]
    [JsonConverter(typeof(JsonObjectTextConverter))]
    public string? Raw { get; set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw ??= Encoding.UTF8.GetString(body);
}
