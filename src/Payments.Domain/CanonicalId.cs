using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Payments.Domain;

/// <summary>The text of an id: base64url without padding of canonical JSON. Its members are sorted, it has no white space, and
/// only <c>"</c>, <c>\</c> and control characters are escaped. The bytes are those of the Formance Payments contract.</summary>
internal static class CanonicalId
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(code => (char)code), '"', '\\']);

    /// <summary>Encodes JSON. It never becomes a string, because every payment in a response has two ids.</summary>
    public static string Encode(ref DefaultInterpolatedStringHandler json)
    {
        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(json.Text.Length));
        var id = Base64Url.EncodeToString(utf8.AsSpan(0, Encoding.UTF8.GetBytes(json.Text, utf8)));
        ArrayPool<byte>.Shared.Return(utf8);
        json.Clear();
        return id;
    }

    /// <summary>Decodes an id; false if it is malformed or <paramref name="read"/> returns null.</summary>
    public static bool TryDecode<T>(string text, Func<JsonElement, T?> read, [NotNullWhen(true)] out T? value) where T : class
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

    /// <summary>The content of a JSON string. Escapes only what must be escaped; <see cref="JsonEncodedText"/> escapes more.</summary>
    public static string Escape(string text) => !text.AsSpan().ContainsAny(Escaped) ? text : string.Concat(text.Select(c => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        < ' ' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    }));
}
