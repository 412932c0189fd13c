namespace Payments.Domain.Payments;

/// <summary>A comparison of a field with a value.</summary>
public enum Comparison
{
    /// <summary>Less than.</summary>
    [JsonStringEnumMemberName("$lt")] Less = 1,
    /// <summary>Less than or equal to.</summary>
    [JsonStringEnumMemberName("$lte")] LessOrEqual = 2,
    /// <summary>Greater than.</summary>
    [JsonStringEnumMemberName("$gt")] Greater = 3,
    /// <summary>Greater than or equal to.</summary>
    [JsonStringEnumMemberName("$gte")] GreaterOrEqual = 4,
}

/// <summary>A condition on payments. Its values are canonical texts, as <see cref="PaymentField.Parse"/> returns them. Filters are equal if their
/// contents are, in the same order.</summary>
public abstract record PaymentFilter
{
    /// <summary>The max depth of nested filters.</summary>
    public const int MaxDepth = 10;
    /// <summary>The max number of values in a filter, including nested filters.</summary>
    public const int MaxTerms = 100;

    private PaymentFilter() { }

    /// <summary>Matches every payment.</summary>
    public static PaymentFilter None { get; } = new All([]);

    /// <summary>Matches payments that every filter matches. Without filters, it matches every payment.</summary>
    public sealed record All(IReadOnlyList<PaymentFilter> Filters) : PaymentFilter
    {
        /// <inheritdoc/>
        public bool Equals(All? other) => other is not null && Filters.SequenceEqual(other.Filters);

        /// <inheritdoc/>
        public override int GetHashCode() => HashOf(nameof(All), Filters);
    }

    /// <summary>Matches payments that at least one filter matches.</summary>
    public sealed record Any(IReadOnlyList<PaymentFilter> Filters) : PaymentFilter
    {
        /// <inheritdoc/>
        public bool Equals(Any? other) => other is not null && Filters.SequenceEqual(other.Filters);

        /// <inheritdoc/>
        public override int GetHashCode() => HashOf(nameof(Any), Filters);
    }

    /// <summary>Matches payments that the filter does not match.</summary>
    public sealed record Except(PaymentFilter Filter) : PaymentFilter;
    /// <summary>Matches payments whose field has one of the values.</summary>
    public sealed record OneOf(PaymentField Field, IReadOnlyList<string> Values) : PaymentFilter
    {
        /// <inheritdoc/>
        public bool Equals(OneOf? other) => other is not null && Field.Equals(other.Field) && Values.SequenceEqual(other.Values);

        /// <inheritdoc/>
        public override int GetHashCode() => HashOf(Field, Values);
    }

    /// <summary>Matches payments for whose field the comparison with the value is true.</summary>
    public sealed record Compared(OrderedPaymentField Field, Comparison Comparison, string Value) : PaymentFilter;
    /// <summary>Matches payments whose metadata has the key.</summary>
    public sealed record HasMetadata(string Key) : PaymentFilter;

    private static int HashOf(object first, IEnumerable<object> others)
    {
        var hash = default(HashCode);
        hash.Add(first);
        foreach (var other in others)
        {
            hash.Add(other);
        }

        return hash.ToHashCode();
    }
}
