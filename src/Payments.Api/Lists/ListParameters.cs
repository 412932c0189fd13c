using System.Globalization;
using Payments.Domain;

namespace Payments.Api.Lists;

/// <summary>The parameters that every list has, read as they were sent: bound ones are trimmed, and numbers taken in other notations.</summary>
/// <param name="Page">The page that is asked for.</param>
/// <param name="CursorFilter">The filter that the cursor carries; null without a cursor, where the list's own parameters tell it.</param>
internal sealed record ListParameters(PageRequest Page, string? CursorFilter)
{
    /// <summary>What a cursor must be, as the end of a sentence.</summary>
    public const string CursorRule = "must be the next or previous of an answer of this list";

    /// <summary>Reads them for the list of a name; a broken rule goes to the validation, and what is returned then means nothing.</summary>
    /// <param name="list">The list's name in its cursors.</param>
    /// <param name="query">The request's query.</param>
    /// <param name="validation">Gathers the broken rules.</param>
    /// <param name="isFilter">Whether a parameter is one of the list's own, which it reads by itself and which may not stand beside a cursor.</param>
    public static ListParameters Read(string list, IQueryCollection query, Validation validation, Func<string, bool>? isFilter = null)
    {
        string? cursor = query["cursor"];
        foreach (var (name, values) in query)
        {
            if (isFilter?.Invoke(name) is true)
            {
                RefuseBesideCursor(name);
            }
            else if (name is not ("pageSize" or "cursor" or "sort"))
            {
                validation.Add(name, "is not a parameter of this list");
            }
            else if (values.Count > 1)
            {
                validation.Add(name, "must be given once");
            }
        }

        string? pageSize = query["pageSize"];
        if (pageSize is not null && (pageSize.Length == 0 || pageSize.AsSpan().ContainsAnyExceptInRange('0', '9')))
        {
            validation.Add("pageSize", "must be a whole number, in digits");
        }

        string? sort = query["sort"];
        if (sort is not (null or "createdAt:desc" or "createdAt:asc"))
        {
            validation.Add("sort", "must be createdAt:desc or createdAt:asc");
        }

        // The contract's own clients send their default page size beside a cursor, so that is no fault.
        if (sort is not null)
        {
            RefuseBesideCursor("sort");
        }

        if (cursor is not null)
        {
            if (ListCursor.TryRead(list, cursor, out var page, out var filter) && (isFilter is not null || filter.Length == 0))
            {
                return new(page, filter);
            }

            validation.Add("cursor", CursorRule);
        }

        return new(new PageRequest(validation.HasErrors ? PageRequest.DefaultSize : PageSize(pageSize ?? ""), Ascending: sort == "createdAt:asc"), null);

        void RefuseBesideCursor(string name)
        {
            if (cursor is not null)
            {
                validation.Add(name, "cannot stand beside a cursor, which carries its own");
            }
        }
    }

    private static int PageSize(string digits) => digits.TrimStart('0') switch
    {
        "" => PageRequest.DefaultSize,
        { Length: > 4 } => PageRequest.MaxSize,
        var size => Math.Min(int.Parse(size, CultureInfo.InvariantCulture), PageRequest.MaxSize),
    };
}
