using System.Globalization;

namespace Payments.Api.Lists;

/// <summary>The parameters of every list. They are read from the query itself, because MVC trims text and accepts numbers such as 0x10.</summary>
/// <param name="CursorFilter">The filter in the cursor; null without a cursor.</param>
internal sealed record ListParameters(PageRequest Page, string? CursorFilter)
{
    public const string CursorRule = "must be the value of next or previous in a response of this list";
    public const string Newest = "createdAt:desc";
    public const string Oldest = "createdAt:asc";

    /// <summary>Reads the parameters and adds broken rules to the validation. If it has errors, the result has no meaning.</summary>
    /// <param name="list">The list's name in its cursors.</param>
    /// <param name="isFilter">Whether a parameter belongs to the list's filter, which the list reads and which a cursor excludes.</param>
    public static ListParameters Read(string list, IQueryCollection query, Validation validation, Func<string, bool>? isFilter = null)
    {
        string? cursor = query["cursor"];
        string? pageSize = query["pageSize"];
        string? sort = query["sort"];
        foreach (var (name, values) in query)
        {
            var isOfFilter = isFilter?.Invoke(name) is true;
            var isOfPage = name is "pageSize" or "cursor" or "sort";
            // The contract's own clients send their default page size with a cursor, so pageSize is allowed.
            validation.AddIf(cursor is not null && (name == "sort" || isOfFilter), name, "cannot be combined with cursor, which contains it");
            validation.AddIf(isOfPage && values.Count > 1, name, "must be given only once");
            validation.AddIf(!isOfPage && !isOfFilter, name, "is not a parameter of this list");
        }

        var isNumber = pageSize is null || (pageSize.Length > 0 && !pageSize.AsSpan().ContainsAnyExceptInRange('0', '9'));
        validation.AddIf(!isNumber, "pageSize", "must be a whole number, digits only");
        validation.AddIf(sort is not (null or Newest or Oldest), "sort", $"must be {Newest} or {Oldest}");
        if (cursor is not null)
        {
            if (ListCursor.Read(list, cursor) is var (page, filter) && (isFilter is not null || filter.Length == 0))
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
