using System.Buffers;
using System.Buffers.Text;

namespace Payments.Domain;

/// <summary>
/// The text of an id: base64url without padding of canonical JSON. Its members are sorted, it has no white space, and only <c>"</c>,
/// <c>\</c> and control characters are escaped. The bytes are those of the Formance Payments contract.
/// </summary>
internal static class CanonicalId
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    /// <summary>Decodes an id; false if it is malformed or <paramref name="read"/> returns null.</summary>
    public static bool TryDecode<T>(string text, Func<JsonElement, T?> read, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = null;
        if (text.Length == 0 || text.AsSpan().ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(text), new JsonDocumentOptions { AllowDuplicateProperties = false });
            value = read(document.RootElement);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            // Not base64url, not JSON, or a string with a lone surrogate.
            return false;
        }

        return value is not null;
    }

    /// <summary>Returns the values of an object that has exactly these members, in any order; otherwise null.</summary>
    public static JsonElement[]? Members(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object || element.GetPropertyCount() != names.Length)
        {
            return null;
        }

        var values = new JsonElement[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            if (!element.TryGetProperty(names[i], out values[i]))
            {
                return null;
            }
        }

        return values;
    }

    public static string? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString() : null;

    /// <summary>Appends a JSON string and escapes only what must be escaped. <see cref="JsonEncodedText"/> escapes more.</summary>
    public static StringBuilder AppendString(this StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\t' => json.Append("\\t"),
                '\n' => json.Append("\\n"),
                '\f' => json.Append("\\f"),
                '\r' => json.Append("\\r"),
                < ' ' => json.Append("\\u00").Append(((int)c).ToString("x2", null)),
                _ => json.Append(c),
            };
        }

        return json.Append('"');
    }
}
