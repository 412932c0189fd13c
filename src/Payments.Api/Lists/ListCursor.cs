using System.Buffers.Text;
using Payments.Api.Json;

namespace Payments.Api.Lists;

/// <summary>A page of a list and the list's filter, as base64url of JSON. Clients pass it back unread.</summary>
/// <remarks>It is not signed: every value is validated, and a client can ask for the same with parameters.</remarks>
internal static class ListCursor
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <param name="page">The page; it has a position.</param>
    /// <param name="filter">The list's filter as a JSON object; empty if there is none.</param>
    public static string Write(string list, PageRequest page, string filter = "")
    {
        var (createdAt, sequence) = page.Position!;
        var content = new Content(list, page.Size, createdAt.ToString(), sequence, page.Ascending, page.Backwards, filter.Length == 0 ? null : filter);
        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(content, Strict));
    }

    /// <summary>Reads a cursor of the list; null for any other text.</summary>
    public static (PageRequest Page, string Filter)? Read(string list, string text)
    {
        try
        {
            return Base64Url.IsValid(text)
                && JsonSerializer.Deserialize<Content>(Base64Url.DecodeFromChars(text), Strict)
                    is { Size: >= 1 and <= PageRequest.MaxSize, Sequence: >= 1 } content
                && content.List == list
                && Instant.TryParse(content.CreatedAt, out var createdAt)
                ? (new(content.Size, content.Ascending, new(createdAt, content.Sequence), content.Backwards), content.Filter ?? "") : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Content(
        [property: JsonPropertyName("l")] string List,
        [property: JsonPropertyName("n")] int Size,
        [property: JsonPropertyName("t")] string CreatedAt,
        [property: JsonPropertyName("s")] long Sequence,
        [property: JsonPropertyName("a")] bool Ascending = false,
        [property: JsonPropertyName("b")] bool Backwards = false,
        [property: JsonPropertyName("f"), JsonConverter(typeof(JsonObjectTextConverter))] string? Filter = null);
}
