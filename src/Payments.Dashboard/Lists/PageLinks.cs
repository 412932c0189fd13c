using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace Payments.Dashboard.Lists;

/// <summary>The pages before and after a page of a list. Their URLs have the position of its first or last item: <c>?after=2024-05-01T12:00:00Z_42</c>.</summary>
/// <param name="Previous">The URL of the page before; null on the first one.</param>
/// <param name="Next">The URL of the page after; null on the last one.</param>
public sealed record PageLinks(string? Previous, string? Next)
{
    /// <summary>The number of items on a page.</summary>
    public const int PageSize = 25;

    /// <summary>The parameter of the page after an item.</summary>
    internal const string After = "after";

    /// <summary>The parameter of the page before an item.</summary>
    internal const string Before = "before";

    /// <summary>The rule of both parameters.</summary>
    internal const string Rule = "must be a position that a page of this list links to";

    /// <summary>Reads which page a request wants, newest first.</summary>
    /// <exception cref="ValidationException">A position cannot be read.</exception>
    public static PageRequest Read(HttpRequest request)
    {
        var (after, before) = (request.Query[After], request.Query[Before]);
        return after.Count + before.Count == 0 ? new(PageSize)
            : after.Count + before.Count == 1 && ReadPosition((after.Count == 1 ? after[0] : before[0]) ?? "") is { } position ? new(PageSize, Position: position, Backwards: before.Count == 1)
            : throw new ValidationException([new(after.Count > 0 ? After : Before, Rule)]);
    }

    /// <summary>The links of a page. The other parameters of the URL stay.</summary>
    /// <param name="page">The page.</param>
    /// <param name="path">The path of the list, which the response to a form does not have.</param>
    /// <param name="query">The parameters.</param>
    public static PageLinks Of<T>(Page<T> page, string path, IQueryCollection query)
    {
        return new(Url(page.Previous, Before), Url(page.Next, After));

        string? Url(PageRequest? target, string name) => target?.Position is not { } position ? null : QueryHelpers.AddQueryString(
            path,
            [
                .. from parameter in query
                   where parameter.Key is not (After or Before)
                   from value in parameter.Value
                   select KeyValuePair.Create(parameter.Key, (string?)value),
                KeyValuePair.Create(name, (string?)Text(position)),
            ]);
    }

    /// <summary>A position as a URL has it.</summary>
    internal static string Text(PagePosition position) => string.Create(CultureInfo.InvariantCulture, $"{position.CreatedAt}_{position.Sequence}");

    /// <summary>Reads a position; null if the text is not a position.</summary>
    internal static PagePosition? ReadPosition(string text) =>
        text.Split('_') is [var time, var number] && Instant.TryParse(time, out var at)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new(at, sequence) : null;
}
