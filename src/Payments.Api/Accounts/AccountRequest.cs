using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;
using NJsonSchema.Annotations;
using Payments.Api.Json;
using Payments.Domain;
using Payments.Domain.Accounts;

namespace Payments.Api.Accounts;

/// <summary>An account as its provider reports it.</summary>
/// <remarks>The annotations are for the OpenAPI document; the rules themselves are checked where the values are made.</remarks>
[JsonSchema("AccountRequest")]
public sealed class AccountRequest : IKeepsRawBody
{
    /// <summary>The provider's own reference, case-sensitive: 1 to 1000 characters, without white space at its ends or control characters.</summary>
    /// <example>acc_1</example>
    [Required]
    [StringLength(AccountReference.MaxLength, MinimumLength = 1)]
    public string? Reference { get; init; }

    /// <summary>The id of an installed connector.</summary>
    /// <example>eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9</example>
    [Required]
    [JsonPropertyName("connectorID")]
    public string? ConnectorId { get; init; }

    /// <summary>When the account was made at the provider: RFC 3339 with an offset, kept to 100 ns, at most 5 minutes ahead of the server's clock.</summary>
    /// <example>2024-05-01T12:00:00Z</example>
    [Required]
    [JsonSchemaType(typeof(DateTimeOffset))]
    public string? CreatedAt { get; init; }

    /// <summary>Whose the account is: INTERNAL is the company's own.</summary>
    /// <example>INTERNAL</example>
    [Required]
    [JsonSchemaType(typeof(AccountType))]
    public string? Type { get; init; }

    /// <summary>What the account is called: at most 1000 characters, without white space at its ends or control characters; empty is the same as none.</summary>
    /// <example>Main account</example>
    [StringLength(Domain.Accounts.AccountName.MaxLength)]
    public string? AccountName { get; init; }

    /// <summary>What its amounts are of unless they say otherwise, with the decimal places of the minor unit; empty is the same as none.</summary>
    /// <example>USD/2</example>
    [RegularExpression($"^$|{Asset.Pattern}")]
    public string? DefaultAsset { get; init; }

    /// <summary>The company's own facts: at most 50 entries, keys of 1 to 100 characters, values of at most 1000.</summary>
    [JsonConverter(typeof(StringMapConverter))]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    [JsonIgnore]
    internal string? Raw { get; private set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw = Encoding.UTF8.GetString(body);
}
