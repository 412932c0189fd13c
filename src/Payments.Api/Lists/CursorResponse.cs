using Microsoft.Extensions.Primitives;

namespace Payments.Api.Lists;

/// <summary>A page of a list.</summary>
/// <param name="Cursor">The page, and the cursors of the pages before and after it.</param>
public sealed record CursorResponse<T>([property: Required] Cursor<T> Cursor);

/// <summary>A page of a list, and the cursors of the pages before and after it.</summary>
public sealed record Cursor<T>
{
    /// <summary>The max number of items on a page.</summary>
    /// <example>15</example>
    public required int PageSize { get; init; }

    /// <summary>Whether there is a page after this one.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>The cursor of the page before this one. Left out on the first page.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Previous { get; init; }

    /// <summary>The cursor of the page after this one. Left out on the last page.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Next { get; init; }

    /// <summary>The items, each as a request for its id returns it.</summary>
    public required IEnumerable<T> Data { get; init; }
}

internal static class CursorResponseExtensions
{
    /// <summary>Returns a page with its cursors. The Link header has them too (RFC 8288). Each item is mapped when it is written.</summary>
    public static CursorResponse<TData> ToCursorResponse<TItem, TData>(
        this ControllerBase controller, string list, int pageSize, Page<TItem> page, Func<TItem, TData> toData, string filter = "")
    {
        var next = page.Next is null ? null : ListCursor.Write(list, page.Next, filter);
        var previous = page.Previous is null ? null : ListCursor.Write(list, page.Previous, filter);
        var request = controller.Request;
        controller.Response.Headers.Link = new StringValues(
        [
            .. from neighbour in ((string? Cursor, string Relation)[])[(next, "next"), (previous, "prev")]
               where neighbour.Cursor is not null
               select $"<{request.PathBase}{request.Path}?cursor={neighbour.Cursor}>; rel=\"{neighbour.Relation}\"",
        ]);
        return new(new Cursor<TData> { PageSize = pageSize, HasMore = next is not null, Previous = previous, Next = next, Data = page.Items.Select(toData) });
    }
}
