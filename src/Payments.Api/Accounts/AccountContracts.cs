using Payments.Api.Json;

namespace Payments.Api.Accounts;

/// <summary>An account as its provider reports it.</summary>
/// <remarks>The attributes are only for the OpenAPI document. The value objects check the rules.</remarks>
/// <example>
/// {"reference": "acc_1", "connectorID": "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9",
/// "createdAt": "2024-05-01T12:00:00Z", "type": "INTERNAL", "accountName": "Main account", "defaultAsset": "USD/2"}
/// </example>
[JsonSchema("AccountRequest")]
public sealed class AccountRequest : IKeepsRawBody
{
    /// <summary>
    /// The provider's reference of the account: 1 to 1000 characters, case-sensitive. White space and invisible characters at its ends, and
    /// control characters, are rejected.
    /// </summary>
    [Required, StringLength(AccountReference.MaxLength, MinimumLength = 1)] public string? Reference { get; init; }

    /// <summary>The id of an installed connector.</summary>
    [Required, JsonPropertyName("connectorID")] public string? ConnectorId { get; init; }

    /// <summary>
    /// The time at which the account was created at the provider, not the current time. RFC 3339 with an offset, stored with a precision of 100
    /// ns. It must not be before 1970 or more than 5 minutes ahead of the service's clock.
    /// </summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public string? CreatedAt { get; init; }

    /// <summary>The account's type.</summary>
    [Required, JsonSchemaType(typeof(AccountType))] public string? Type { get; init; }

    /// <summary>
    /// The account's name: at most 1000 characters. White space and invisible characters at its ends, and control characters, are rejected. Empty
    /// means no name.
    /// </summary>
    [StringLength(Domain.Accounts.AccountName.MaxLength)] public string? AccountName { get; init; }

    /// <summary>The default asset of amounts of the account. Empty means no default.</summary>
    [RegularExpression($"^$|{Asset.Pattern}")] public string? DefaultAsset { get; init; }

    /// <summary>Your own data on the account: at most 50 entries, with keys of 1 to 100 characters and values of at most 1000 characters.</summary>
    [JsonConverter(typeof(StringMapConverter))] public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    [JsonIgnore] internal string? Raw { get; private set; }

    void IKeepsRawBody.Keep(ReadOnlySpan<byte> body) => Raw = Encoding.UTF8.GetString(body);
}

/// <summary>One account.</summary>
/// <param name="Data">The account as it is recorded.</param>
public sealed record AccountResponse([property: Required] AccountData Data);

/// <summary>An account.</summary>
[JsonSchema("Account")]
public sealed record AccountData
{
    /// <summary>
    /// The account's id, derived from the connector and the reference. Payments have it as <c>sourceAccountID</c> or <c>destinationAccountID</c>.
    /// </summary>
    /// <example>eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJhY2NfMSJ9</example>
    [Required] public required string Id { get; init; }

    /// <summary>The provider's reference of the account.</summary>
    /// <example>acc_1</example>
    [Required] public required string Reference { get; init; }

    /// <summary>The time at which the account was created at the provider, in UTC.</summary>
    [Required, JsonSchemaType(typeof(DateTimeOffset))] public required string CreatedAt { get; init; }

    /// <summary>The id of the connector that reported the account.</summary>
    [Required, JsonPropertyName("connectorID")] public required string ConnectorId { get; init; }

    /// <summary>The connector's provider.</summary>
    /// <example>STRIPE</example>
    [Required] public required string Provider { get; init; }

    /// <summary>The same value as <c>defaultAsset</c>, under the contract's older name.</summary>
    /// <example>USD/2</example>
    [Required(AllowEmptyStrings = true)] public required string DefaultCurrency { get; init; }

    /// <summary>The default asset of amounts of the account. Empty if it was not reported.</summary>
    /// <example>USD/2</example>
    [Required(AllowEmptyStrings = true)] public required string DefaultAsset { get; init; }

    /// <summary>The account's name. Empty if it was not reported.</summary>
    /// <example>Main account</example>
    [Required(AllowEmptyStrings = true)] public required string AccountName { get; init; }

    /// <summary>The account's type.</summary>
    [Required, JsonSchemaType(typeof(AccountType))] public required string Type { get; init; }

    /// <summary>The request that recorded the account.</summary>
    [Required, JsonSchemaType(typeof(IReadOnlyDictionary<string, object>)), JsonConverter(typeof(JsonObjectTextConverter))]
    public required string Raw { get; init; }

    /// <summary>Your own data on the account.</summary>
    [Required, JsonConverter(typeof(StringMapConverter))] public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}
