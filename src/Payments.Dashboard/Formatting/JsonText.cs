using System.Text.Encodings.Web;
using System.Text.Json;

namespace Payments.Dashboard.Formatting;

/// <summary>Indents JSON for reading. Numbers and the order of members stay as they are.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };
    internal const int MaxDepth = 256;

    /// <summary>The text indented; the text itself if it cannot be.</summary>
    public static string Indent(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return JsonSerializer.Serialize(document.RootElement, Indented);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return json; // too deep, or a lone surrogate
        }
    }
}
