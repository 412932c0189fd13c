using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Payments.Domain.Connectors;

/// <summary>A payment service provider, such as Stripe.</summary>
/// <remarks>
/// Inside an id it is lower case (<c>dummypay</c>); an answer shows the contract's name (<c>DUMMY-PAY</c>). Both are read, in any case.
/// The names are those of the Formance Payments v1 contract.
/// </remarks>
public sealed record Provider : IValueObject<Provider>
{
    /// <summary>The longest id form.</summary>
    public const int MaxLength = 64;

    private static readonly string[] ContractNames =
    [
        "ADYEN", "ATLAR", "BANKING-CIRCLE", "CURRENCY-CLOUD", "DUMMY-PAY", "GENERIC", "MANGOPAY", "MODULR", "MONEYCORP", "STRIPE", "WISE",
    ];

    private static readonly FrozenDictionary<string, string> ContractNameById =
        ContractNames.ToFrozenDictionary(ToId, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> IdByContractName =
        ContractNames.ToFrozenDictionary(name => name, ToId, StringComparer.OrdinalIgnoreCase);

    private Provider(string id) => Id = id;

    /// <inheritdoc/>
    public static string Rule => $"must be 1 to {MaxLength} letters and digits, or one of: {string.Join(", ", ContractNames)}";

    /// <summary>The form inside ids: <c>[a-z0-9]{1,64}</c>.</summary>
    public string Id { get; }

    /// <summary>The form in answers: the contract's name, or the id in upper case.</summary>
    public string ContractName => ContractNameById.GetValueOrDefault(Id) ?? Id.ToUpperInvariant();

    /// <summary>Whether it is one of the contract's providers, and not one that an operator has named.</summary>
    public bool IsContractProvider => ContractNameById.ContainsKey(Id);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out Provider value)
    {
        value = IdByContractName.TryGetValue(text, out var id) ? new Provider(id)
            : text.Length is > 0 and <= MaxLength && text.All(char.IsAsciiLetterOrDigit) ? new Provider(ToId(text))
            : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Id;

    private static string ToId(string name) => name.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
