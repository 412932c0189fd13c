using System.Text.Json.Serialization;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>What a filter can ask of a payment. The names are those of the contract's <c>query</c>.</summary>
public enum PaymentField
{
    /// <summary>The provider's reference.</summary>
    [JsonStringEnumMemberName("reference")]
    Reference = 1,

    /// <summary>The payment's id.</summary>
    [JsonStringEnumMemberName("id")]
    Id = 2,

    /// <summary>The id of the connector it came through.</summary>
    [JsonStringEnumMemberName("connector_id")]
    ConnectorId = 3,

    /// <summary>The connector's provider, by its name in ids or in the contract.</summary>
    [JsonStringEnumMemberName("provider")]
    Provider = 4,

    /// <summary>Which way the money goes.</summary>
    [JsonStringEnumMemberName("type")]
    Type = 5,

    /// <summary>How far it has come.</summary>
    [JsonStringEnumMemberName("status")]
    Status = 6,

    /// <summary>The scheme that carries it.</summary>
    [JsonStringEnumMemberName("scheme")]
    Scheme = 7,

    /// <summary>What its amounts are of.</summary>
    [JsonStringEnumMemberName("asset")]
    Asset = 8,

    /// <summary>The account the money leaves.</summary>
    [JsonStringEnumMemberName("source_account_id")]
    SourceAccountId = 9,

    /// <summary>The account the money reaches.</summary>
    [JsonStringEnumMemberName("destination_account_id")]
    DestinationAccountId = 10,

    /// <summary>What is left of it, in minor units.</summary>
    [JsonStringEnumMemberName("amount")]
    Amount = 11,

    /// <summary>What it was made with, in minor units.</summary>
    [JsonStringEnumMemberName("initial_amount")]
    InitialAmount = 12,

    /// <summary>When it was made at the provider.</summary>
    [JsonStringEnumMemberName("created_at")]
    CreatedAt = 13,

    /// <summary>The value of one key of its metadata.</summary>
    [JsonStringEnumMemberName("metadata")]
    Metadata = 14,
}

/// <summary>How a value stands to another one in the order of amounts or of time.</summary>
public enum Comparison
{
    /// <summary>Is less.</summary>
    [JsonStringEnumMemberName("$lt")]
    Less = 1,

    /// <summary>Is less or the same.</summary>
    [JsonStringEnumMemberName("$lte")]
    LessOrEqual = 2,

    /// <summary>Is greater.</summary>
    [JsonStringEnumMemberName("$gt")]
    Greater = 3,

    /// <summary>Is greater or the same.</summary>
    [JsonStringEnumMemberName("$gte")]
    GreaterOrEqual = 4,
}

/// <summary>Which payments are asked for. The values are kept in their canonical text, as <see cref="Read"/> gives it.</summary>
public abstract record PaymentFilter
{
    /// <summary>The most filters that may stand inside each other.</summary>
    public const int MaxDepth = 10;

    /// <summary>The most values of one filter, counted all over it.</summary>
    public const int MaxTerms = 100;

    private PaymentFilter()
    {
    }

    /// <summary>Every payment.</summary>
    public static PaymentFilter None { get; } = new All([]);

    /// <summary>Payments that each of the filters lets through; of no filter, all payments.</summary>
    public sealed record All(IReadOnlyList<PaymentFilter> Filters) : PaymentFilter;

    /// <summary>Payments that at least one of the filters lets through.</summary>
    public sealed record Any(IReadOnlyList<PaymentFilter> Filters) : PaymentFilter;

    /// <summary>Payments that the filter does not let through.</summary>
    public sealed record Except(PaymentFilter Filter) : PaymentFilter;

    /// <summary>Payments whose field has one of the values; the key is that of <see cref="PaymentField.Metadata"/>.</summary>
    public sealed record OneOf(PaymentField Field, IReadOnlyList<string> Values, string? Key = null) : PaymentFilter;

    /// <summary>Payments whose amount or time stands so to the value.</summary>
    public sealed record Compared(PaymentField Field, Comparison Comparison, string Value) : PaymentFilter;

    /// <summary>Payments whose metadata has the key.</summary>
    public sealed record HasMetadata(string Key) : PaymentFilter;

    /// <summary>Whether the field has an order, in which <see cref="Compared"/> can look.</summary>
    public static bool IsOrdered(PaymentField field) => field is PaymentField.Amount or PaymentField.InitialAmount or PaymentField.CreatedAt;

    /// <summary>Reads a value that a field is compared with, to its canonical text; null where the text breaks <see cref="RuleOf"/>.</summary>
    public static string? Read(PaymentField field, string text)
    {
        return field switch
        {
            PaymentField.Reference => Canonical<PaymentReference>(),
            PaymentField.Id => Canonical<PaymentId>(),
            PaymentField.ConnectorId => Canonical<ConnectorId>(),
            PaymentField.Provider => Canonical<Provider>(),
            PaymentField.Type => Name<PaymentType>(),
            PaymentField.Status => Name<PaymentStatus>(),
            PaymentField.Scheme => Name<PaymentScheme>(),
            PaymentField.Asset => Canonical<Asset>(),
            PaymentField.SourceAccountId or PaymentField.DestinationAccountId => Canonical<AccountId>(),
            PaymentField.Amount or PaymentField.InitialAmount => Canonical<MinorUnits>(),
            PaymentField.CreatedAt => Canonical<Instant>(),
            PaymentField.Metadata => Metadata.IsValue(text) ? text : null,
            _ => throw new ArgumentOutOfRangeException(nameof(field), field, "Not a defined field."),
        };

        string? Canonical<T>()
            where T : IValueObject<T> => T.TryParse(text, out var value) ? value.ToString() : null;

        string? Name<TEnum>()
            where TEnum : struct, Enum => WireName<TEnum>.TryParse(text, out _) ? text : null;
    }

    /// <summary>What a field's value must be, as the end of a sentence that begins with the field's name.</summary>
    public static string RuleOf(PaymentField field) => field switch
    {
        PaymentField.Reference => PaymentReference.Rule,
        PaymentField.Id => PaymentId.Rule,
        PaymentField.ConnectorId => ConnectorId.Rule,
        PaymentField.Provider => Provider.Rule,
        PaymentField.Type => WireName<PaymentType>.Rule,
        PaymentField.Status => WireName<PaymentStatus>.Rule,
        PaymentField.Scheme => WireName<PaymentScheme>.Rule,
        PaymentField.Asset => Asset.Rule,
        PaymentField.SourceAccountId or PaymentField.DestinationAccountId => AccountId.Rule,
        PaymentField.Amount or PaymentField.InitialAmount => MinorUnits.Rule,
        PaymentField.CreatedAt => Instant.Rule,
        PaymentField.Metadata => Metadata.ValueRule,
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "Not a defined field."),
    };
}
