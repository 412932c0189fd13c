using System.Collections.Frozen;

namespace Payments.Domain.Connectors;

/// <summary>A payment service provider, such as Stripe.</summary>
/// <remarks>Ids contain the form <c>dummypay</c>, responses the contract's name <c>DUMMY-PAY</c>. Both
/// are accepted, ignoring case. The names are those of the Formance Payments v1 contract.</remarks>
public sealed record Provider : IValueObject<Provider>
{
    /// <summary>The max length of the form in ids.</summary>
    public const int MaxLength = 64;

    private static readonly string[] ContractNames =
    [
        "ADYEN", "ATLAR", "BANKING-CIRCLE", "CURRENCY-CLOUD", "DUMMY-PAY", "GENERIC", "MANGOPAY", "MODULR", "MONEYCORP", "STRIPE", "WISE",
    ];

    private static readonly FrozenDictionary<string, string> ContractNameById = ContractNames.ToFrozenDictionary(ToId, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> IdByContractName =
        ContractNames.ToFrozenDictionary(name => name, ToId, StringComparer.OrdinalIgnoreCase);

    private Provider(string id) => Id = id;

    /// <inheritdoc/>
    public static string Rule => $"must be 1 to {MaxLength} letters and digits, or one of: {string.Join(", ", ContractNames)}";
    /// <summary>The form in ids: <c>[a-z0-9]{1,64}</c>.</summary>
    public string Id { get; }
    /// <summary>The form in responses: the contract's name, or <see cref="Id"/> in upper case for other providers.</summary>
    public string ContractName => ContractNameById.GetValueOrDefault(Id) ?? Id.ToUpperInvariant();
    /// <summary>Whether the contract names this provider. If not, an operator named it.</summary>
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
