using System.Text.Encodings.Web;

namespace Payments.Domain;

/// <summary>The company's own data on a payment or an account: texts by key. Two instances are equal if they have the same entries, in any order.</summary>
public sealed class Metadata : IEquatable<Metadata>
{
    /// <summary>The max number of entries.</summary>
    public const int MaxEntries = 50;
    /// <summary>The max length of a key in Unicode code points.</summary>
    public const int MaxKeyLength = 100;
    /// <summary>The max length of a value in Unicode code points.</summary>
    public const int MaxValueLength = 1000;

    // A response is never part of an HTML page, so text stays readable.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Metadata(IReadOnlyDictionary<string, string> entries) => Entries = entries;

    /// <summary>The rule of the keys, as a predicate.</summary>
    public static string KeyRule => $"must have keys of 1 to {MaxKeyLength} characters";
    /// <summary>The rule of a value, as a predicate.</summary>
    public static string ValueRule => $"must be at most {MaxValueLength} characters";
    /// <summary>No entries.</summary>
    public static Metadata Empty { get; } = new(new Dictionary<string, string>());
    /// <summary>The entries, in no particular order.</summary>
    public IReadOnlyDictionary<string, string> Entries { get; }

    /// <summary>Reads the entries of a request and adds each broken rule to the validation. Null means no entries.</summary>
    public static Metadata From(IReadOnlyDictionary<string, string>? entries, string field, Validation validation, int maxEntries = MaxEntries)
    {
        if (entries is null or { Count: 0 })
        {
            return Empty;
        }

        if (entries.Count > maxEntries)
        {
            validation.Add(field, $"must have at most {maxEntries} entries; it has {entries.Count}");
            return Empty;
        }

        foreach (var (key, value) in entries)
        {
            if (!IsKey(key))
            {
                validation.Add(field, KeyRule);
            }
            else if (!IsValue(value))
            {
                validation.Add($"{field}.{key}", ValueRule);
            }
        }

        return new(entries);
    }

    /// <summary>Whether a text is a valid key.</summary>
    public static bool IsKey(string text) => IsWithin(text, 1, MaxKeyLength);

    /// <summary>Whether a text is a valid value.</summary>
    public static bool IsValue(string text) => IsWithin(text, 0, MaxValueLength);

    /// <summary>Restores stored entries without validation.</summary>
    public static Metadata Restore(IReadOnlyDictionary<string, string> entries) => new(entries);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static Metadata FromJson(string json) => new(JsonSerializer.Deserialize<Dictionary<string, string>>(json)!);

    /// <summary>The entries as a JSON object, as responses show it.</summary>
    public string ToJson() => Entries.Count == 0 ? "{}" : JsonSerializer.Serialize(Entries, Json);

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
