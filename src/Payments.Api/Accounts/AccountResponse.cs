using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain.Accounts;

namespace Payments.Api.Accounts;

/// <summary>One account.</summary>
/// <param name="Data">The account as it is stored.</param>
public sealed record AccountResponse([property: Required] AccountData Data);

/// <summary>An account.</summary>
[JsonSchema("Account")]
public sealed record AccountData
{
    /// <summary>Derived from connector and reference; what payments carry as their <c>sourceAccountID</c> and <c>destinationAccountID</c>.</summary>
    /// <example>eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJhY2NfMSJ9</example>
    [Required]
    public required string Id { get; init; }

    /// <summary>The provider's own reference.</summary>
    /// <example>acc_1</example>
    [Required]
    public required string Reference { get; init; }

    /// <summary>When it was made at the provider, in UTC.</summary>
    [Required]
    [JsonSchemaType(typeof(DateTimeOffset))]
    public required string CreatedAt { get; init; }

    /// <summary>The connector it was reported through.</summary>
    [Required]
    [JsonPropertyName("connectorID")]
    public required string ConnectorId { get; init; }

    /// <summary>The connector's provider, by its name in the contract.</summary>
    /// <example>STRIPE</example>
    [Required]
    public required string Provider { get; init; }

    /// <summary>The contract's older name of <c>defaultAsset</c>, with the same value.</summary>
    /// <example>USD/2</example>
    [Required(AllowEmptyStrings = true)]
    public required string DefaultCurrency { get; init; }

    /// <summary>What its amounts are of unless they say otherwise, or "".</summary>
    /// <example>USD/2</example>
    [Required(AllowEmptyStrings = true)]
    public required string DefaultAsset { get; init; }

    /// <summary>What it is called, or "".</summary>
    /// <example>Main account</example>
    [Required(AllowEmptyStrings = true)]
    public required string AccountName { get; init; }

    /// <summary>Whose it is: INTERNAL is the company's own.</summary>
    [Required]
    [JsonSchemaType(typeof(AccountType))]
    public required string Type { get; init; }

    /// <summary>The request that it was reported by.</summary>
    [Required]
    [JsonSchemaType(typeof(IReadOnlyDictionary<string, object>))]
    [JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Raw { get; init; }

    /// <summary>The company's own facts.</summary>
    [Required]
    [JsonConverter(typeof(StringMapConverter))]
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}
