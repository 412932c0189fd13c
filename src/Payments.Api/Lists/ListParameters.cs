using System.Globalization;
using Microsoft.Extensions.Primitives;
using NJsonSchema;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Http;

namespace Payments.Api.Lists;

/// <summary>The parameters of every list. They are read from the query itself, because MVC trims text and accepts numbers such as 0x10.</summary>
/// <param name="CursorFilter">The filter in the cursor; null without a cursor.</param>
internal sealed record ListParameters(PageRequest Page, string? CursorFilter)
{
    public const string CursorRule = "must be the value of next or previous in a response of this list";
    public const string Newest = "createdAt:desc";
    public const string Oldest = "createdAt:asc";

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase) { "pageSize", "cursor", "sort" };

    /// <summary>The value of a parameter; null if it is missing or repeated. A repeated one is reported separately.</summary>
    public static string? One(StringValues values) => values is [var value] ? value : null;

    /// <summary>Reads the parameters and adds broken rules to the validation. If it has errors, the result has no meaning.</summary>
    /// <param name="list">The list's name in its cursors.</param>
    /// <param name="findFilter">Returns the parameter of the list's filter that a name means: the same name if it is right, null if there is none.</param>
    public static ListParameters Read(string list, IQueryCollection query, Validation validation, Func<string, string?>? findFilter = null)
    {
        var cursor = One(query["cursor"]);
        var pageSize = One(query["pageSize"]);
        var sort = One(query["sort"]);
        foreach (var (name, values) in query)
        {
            var meant = Names.TryGetValue(name, out var ofPage) ? ofPage : findFilter?.Invoke(name);
            var isOfPage = ofPage == name;
            var isOfFilter = !isOfPage && meant == name;
            // The contract's own clients send their default page size with a cursor, so pageSize is allowed.
            validation.AddIf(cursor is not null && (name == "sort" || isOfFilter), name, "cannot be combined with cursor, which contains it");
            validation.AddIf(isOfPage && values.Count > 1, name, "must be given only once");
            validation.AddIf(meant != name, name, $"is not a parameter of this list{(meant is null ? "" : $"; did you mean {meant}?")}");
        }

        var isNumber = pageSize is null || (pageSize.Length > 0 && !pageSize.AsSpan().ContainsAnyExceptInRange('0', '9'));
        validation.AddIf(!isNumber, "pageSize", "must be a whole number, digits only");
        validation.AddIf(sort is not (null or Newest or Oldest), "sort", $"must be {Newest} or {Oldest}");
        if (cursor is not null)
        {
            if (ListCursor.Read(list, cursor) is var (page, filter) && (findFilter is not null || filter.Length == 0))
            {
                return new(page, filter);
            }

            validation.Add("cursor", CursorRule);
        }

        return new(new PageRequest(isNumber ? PageSize(pageSize ?? "") : PageRequest.DefaultSize, Ascending: sort == Oldest), null);
    }

    private static int PageSize(string digits) => digits.TrimStart('0') switch
    {
        "" => PageRequest.DefaultSize,
        { Length: > 4 } => PageRequest.MaxSize,
        var size => Math.Min(int.Parse(size, CultureInfo.InvariantCulture), PageRequest.MaxSize),
    };
}

/// <summary>Documents the parameters that <see cref="ListParameters"/> reads.</summary>
internal sealed class PageParameters : IOperationProcessor
{
    public bool Process(OperationProcessorContext context)
    {
        context.AddQueryParameter("pageSize",
            $"The max number of items on a page, 1 to {PageRequest.MaxSize}. 0 means {PageRequest.DefaultSize}; a larger number means {PageRequest.MaxSize}.",
            new JsonSchema { Type = JsonObjectType.Integer, Format = "int64", Minimum = 0, Default = PageRequest.DefaultSize });
        context.AddQueryParameter("cursor",
            "The value of `next` or `previous` in a response. The cursor contains the sort order, the filter and the page size. `sort` and filters cannot be "
            + "combined with it; `pageSize` is ignored.", new JsonSchema { Type = JsonObjectType.String });
        context.AddQueryParameter("sort",
            $"`{ListParameters.Newest}` (newest first, the default) or `{ListParameters.Oldest}` (oldest first).",
            new JsonSchema { Type = JsonObjectType.String });
        return true;
    }
}
