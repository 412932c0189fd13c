using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;
using Payments.Domain;

namespace Payments.Api.Lists;

/// <summary>A page of a list.</summary>
/// <param name="Cursor">The page and its neighbours.</param>
public sealed record CursorResponse<T>([property: Required] Cursor<T> Cursor);

/// <summary>A page and its neighbours.</summary>
public sealed record Cursor<T>
{
    /// <summary>The most items of a page.</summary>
    /// <example>15</example>
    [Required]
    public required int PageSize { get; init; }

    /// <summary>Whether there is a page behind this one.</summary>
    /// <example>false</example>
    [Required]
    public required bool HasMore { get; init; }

    /// <summary>The cursor of the page in front of this one, left out where the list begins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Previous { get; init; }

    /// <summary>The cursor of the page behind this one, left out where the list ends.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Next { get; init; }

    /// <summary>The items, each as it is read by its id.</summary>
    [Required]
    public required IReadOnlyList<T> Data { get; init; }
}

/// <summary>How a page becomes an answer.</summary>
internal static class CursorResponseExtensions
{
    /// <summary>The answer with the page's cursors, which are on its Link header too (RFC 8288).</summary>
    public static CursorResponse<TData> ToCursorResponse<TItem, TData>(
        this ControllerBase controller, string list, int pageSize, Page<TItem> page, IReadOnlyList<TData> data, string filter = "")
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
        return new(new Cursor<TData> { PageSize = pageSize, HasMore = next is not null, Previous = previous, Next = next, Data = data });
    }
}
