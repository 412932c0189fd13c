using System.Text.Json.Serialization;

namespace Payments.Domain.Payments;

/// <summary>How a field's value compares with another one.</summary>
public enum Comparison
{
    /// <summary>Less than.</summary>
    [JsonStringEnumMemberName("$lt")]
    Less = 1,

    /// <summary>Less than or equal.</summary>
    [JsonStringEnumMemberName("$lte")]
    LessOrEqual = 2,

    /// <summary>Greater than.</summary>
    [JsonStringEnumMemberName("$gt")]
    Greater = 3,

    /// <summary>Greater than or equal.</summary>
    [JsonStringEnumMemberName("$gte")]
    GreaterOrEqual = 4,
}

/// <summary>A condition on payments. Its values are in their canonical text, as <see cref="PaymentField.Parse"/> returns it.</summary>
public abstract record PaymentFilter
{
    /// <summary>The greatest depth of nested filters.</summary>
    public const int MaxDepth = 10;

    /// <summary>The largest number of values in a filter, nested filters included.</summary>
    public const int MaxTerms = 100;

    private PaymentFilter()
    {
    }

    /// <summary>Matches every payment.</summary>
    public static PaymentFilter None { get; } = new All([]);

    /// <summary>Matches payments that every filter matches; without filters, every payment.</summary>
    public sealed record All(IReadOnlyList<PaymentFilter> Filters) : PaymentFilter;

    /// <summary>Matches payments that at least one filter matches.</summary>
    public sealed record Any(IReadOnlyList<PaymentFilter> Filters) : PaymentFilter;

    /// <summary>Matches payments that the filter does not match.</summary>
    public sealed record Except(PaymentFilter Filter) : PaymentFilter;

    /// <summary>Matches payments whose field has one of the values.</summary>
    public sealed record OneOf(PaymentField Field, IReadOnlyList<string> Values) : PaymentFilter;

    /// <summary>Matches payments whose field compares so with the value.</summary>
    public sealed record Compared(OrderedPaymentField Field, Comparison Comparison, string Value) : PaymentFilter;

    /// <summary>Matches payments whose metadata has the key.</summary>
    public sealed record HasMetadata(string Key) : PaymentFilter;
}
