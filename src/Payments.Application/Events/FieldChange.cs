using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Payments.Application.Events;

/// <summary>What a change overwrote in one field, and the new value; null for no value.</summary>
public sealed record FieldChange([property: JsonPropertyName("from")] JsonNode? From, [property: JsonPropertyName("to")] JsonNode? To);

/// <summary>The fields that a change overwrote, by name. An event stores them as JSON.</summary>
public sealed class FieldChanges : SortedDictionary<string, FieldChange>
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates an empty collection, in ordinal order.</summary>
    public FieldChanges() : base(StringComparer.Ordinal) { }

    /// <summary>Adds a field if its value differs.</summary>
    public void Compare(string field, JsonNode? from, JsonNode? to)
    {
        if (!JsonNode.DeepEquals(from, to))
        {
            Add(field, new(from, to));
        }
    }

    /// <summary>Adds each entry that differs, under the prefix.</summary>
    public void Compare<TValue>(string prefix, IReadOnlyDictionary<string, TValue> from, IReadOnlyDictionary<string, TValue> to, Func<TValue?, JsonNode?> node)
    {
        foreach (var key in from.Keys.Union(to.Keys))
        {
            Compare($"{prefix}{key}", from.TryGetValue(key, out var before) ? node(before) : null, to.TryGetValue(key, out var after) ? node(after) : null);
        }
    }

    /// <summary>The JSON; null if nothing was overwritten.</summary>
    public string? ToJson() => Count == 0 ? null : JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">The text is not valid.</exception>
    public static FieldChanges FromJson(string? json) => json is null ? [] : JsonSerializer.Deserialize<FieldChanges>(json)!;
}
