namespace Payments.Domain.Payments;

/// <summary>A company's own facts about a payment or an account: text by key. Two are equal where they hold the same entries, in any order.</summary>
public sealed class Metadata : IEquatable<Metadata>
{
    /// <summary>The most entries.</summary>
    public const int MaxEntries = 50;

    /// <summary>The most characters (Unicode code points) of a key.</summary>
    public const int MaxKeyLength = 100;

    /// <summary>The most characters (Unicode code points) of a value.</summary>
    public const int MaxValueLength = 1000;

    private Metadata(IReadOnlyDictionary<string, string> entries) => Entries = entries;

    /// <summary>No entries.</summary>
    public static Metadata Empty { get; } = new(new Dictionary<string, string>());

    /// <summary>The entries; their order says nothing.</summary>
    public IReadOnlyDictionary<string, string> Entries { get; }

    /// <summary>Whether there are no entries.</summary>
    public bool IsEmpty => Entries.Count == 0;

    /// <summary>Takes the entries of a request and adds each broken rule to the validation; none given is <see cref="Empty"/>.</summary>
    public static Metadata From(IReadOnlyDictionary<string, string>? entries, string field, Validation validation)
    {
        if (entries is null or { Count: 0 })
        {
            return Empty;
        }

        if (entries.Count > MaxEntries)
        {
            validation.Add(field, $"must have at most {MaxEntries} entries; it has {entries.Count}");
            return Empty;
        }

        foreach (var (key, value) in entries)
        {
            if (!IsWithin(key, 1, MaxKeyLength))
            {
                validation.Add(field, $"must have keys of 1 to {MaxKeyLength} characters");
            }
            else if (!IsWithin(value, 0, MaxValueLength))
            {
                validation.Add($"{field}[{key}]", $"must be at most {MaxValueLength} characters");
            }
        }

        return new(entries);
    }

    /// <summary>Takes back what the store holds.</summary>
    public static Metadata Restore(IReadOnlyDictionary<string, string> entries) => new(entries);

    /// <inheritdoc/>
    public bool Equals(Metadata? other) =>
        other is not null
        && Entries.Count == other.Entries.Count
        && Entries.All(entry => other.Entries.TryGetValue(entry.Key, out var value) && value == entry.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Metadata);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Aggregate(0, (hash, entry) => hash ^ HashCode.Combine(entry.Key, entry.Value));

    private static bool IsWithin(string text, int min, int max) =>
        text.Length >= min && (text.Length <= max || (text.Length <= 2 * max && text.EnumerateRunes().Count() <= max));
}
