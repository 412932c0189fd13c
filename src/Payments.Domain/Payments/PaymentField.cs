using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>A field by which payments can be filtered. The names are those of the contract's <c>query</c>.</summary>
public class PaymentField
{
    private protected PaymentField(string name, string rule, Func<string, string?> parse) => (Name, Rule, Parse) = (name, rule, parse);

    /// <summary>The provider's reference.</summary>
    public static PaymentField Reference { get; } = Of<PaymentReference>("reference");
    /// <summary>The payment's id.</summary>
    public static PaymentField Id { get; } = Of<PaymentId>("id");
    /// <summary>The id of the connector that reported the payment.</summary>
    public static PaymentField ConnectorId { get; } = Of<ConnectorId>("connector_id");
    /// <summary>The connector's provider, in either form.</summary>
    public static PaymentField Provider { get; } = Of<Provider>("provider");
    /// <summary>The payment's type.</summary>
    public static PaymentField Type { get; } = OfNames<PaymentType>("type");
    /// <summary>The payment's status.</summary>
    public static PaymentField Status { get; } = OfNames<PaymentStatus>("status");
    /// <summary>The payment's scheme.</summary>
    public static PaymentField Scheme { get; } = OfNames<PaymentScheme>("scheme");
    /// <summary>The asset of the payment's amounts.</summary>
    public static PaymentField Asset { get; } = Of<Asset>("asset");
    /// <summary>The id of the account that the money leaves.</summary>
    public static PaymentField SourceAccountId { get; } = Of<AccountId>("source_account_id");
    /// <summary>The id of the account that the money reaches.</summary>
    public static PaymentField DestinationAccountId { get; } = Of<AccountId>("destination_account_id");
    /// <summary>The current amount of the payment, in minor units.</summary>
    public static OrderedPaymentField Amount { get; } = OrderedPaymentField.OfOrdered<MinorUnits>("amount", isNumber: true);
    /// <summary>The initial amount of the payment, in minor units.</summary>
    public static OrderedPaymentField InitialAmount { get; } = OrderedPaymentField.OfOrdered<MinorUnits>("initial_amount", isNumber: true);
    /// <summary>The earliest time in the payment's history.</summary>
    public static OrderedPaymentField CreatedAt { get; } = OrderedPaymentField.OfOrdered<Instant>("created_at");

    /// <summary>Every field except <see cref="Metadata"/>, in the order of the documentation.</summary>
    public static IReadOnlyList<PaymentField> All { get; } =
    [
        Reference, Id, ConnectorId, Provider, Type, Status, Scheme, Asset, SourceAccountId, DestinationAccountId, Amount, InitialAmount, CreatedAt,
    ];

    /// <summary>The name in the contract's <c>query</c>.</summary>
    public string Name { get; }
    /// <summary>The rule of a value: a predicate that reads as a sentence with the field's name in front.</summary>
    public string Rule { get; }
    /// <summary>Every value that the field can have; null unless its type is an enum.</summary>
    public IReadOnlyList<string>? Names { get; private init; }

    /// <summary>Whether JSON writes the values as numbers.</summary>
    public bool IsNumber { get; private protected init; }

    /// <summary>The value of a metadata key.</summary>
    /// <param name="key">A valid key; see <see cref="Domain.Metadata.IsKey"/>.</param>
    public static MetadataField Metadata(string key) => new(key);

    /// <summary>Returns the canonical text of a value, or null if it breaks <see cref="Rule"/>.</summary>
    public Func<string, string?> Parse { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private protected static string? Canonical<T>(string text) where T : IValueObject<T> => T.TryParse(text, out var value) ? value.ToString() : null;

    private static PaymentField Of<T>(string name) where T : IValueObject<T> => new(name, T.Rule, Canonical<T>);

    private static PaymentField OfNames<TEnum>(string name) where TEnum : struct, Enum =>
        new(name, WireName<TEnum>.Rule, text => WireName<TEnum>.TryParse(text, out _) ? text : null) { Names = WireName<TEnum>.All };
}

/// <summary>A field whose values are ordered, so that <see cref="PaymentFilter.Compared"/> can compare them.</summary>
public sealed class OrderedPaymentField : PaymentField
{
    private OrderedPaymentField(string name, string rule, Func<string, string?> parse) : base(name, rule, parse) { }

    internal static OrderedPaymentField OfOrdered<T>(string name, bool isNumber = false)
        where T : IValueObject<T> => new(name, T.Rule, Canonical<T>) { IsNumber = isNumber };
}

/// <summary>The value of a metadata key.</summary>
public sealed class MetadataField : PaymentField
{
    internal MetadataField(string key)
        : base($"metadata[{key}]", Domain.Metadata.ValueRule, text => Domain.Metadata.IsValue(text) ? text : null) => Key = key;

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MetadataField field && field.Key == Key;

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
}
