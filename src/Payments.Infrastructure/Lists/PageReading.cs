namespace Payments.Infrastructure.Lists;

/// <summary>Where a page starts (after the row of <paramref name="At"/> and <paramref name="Sequence"/>), and how many rows it reads: the parameters of every statement that reads a page.</summary>
/// <param name="Take">One more than the size of the page, to find out whether there is another page.</param>
internal sealed record PageStart(bool Ascending, DateTime At, long Sequence, int Take)
{
    // After every item. A whole day, because a server with fewer digits than .NET would round the last tick to the next year.
    private static readonly DateTime LatestDay = DateTime.MaxValue.Date;

    public static PageStart Of(PageRequest request)
    {
        // The page before a position is the page after it in the other direction, reversed.
        var ascending = request.Ascending != request.Backwards;
        var (at, sequence) = request.Position is { } position ? (position.CreatedAt.Utc, position.Sequence)
            : ascending ? (DateTime.MinValue, 0)
            : (LatestDay, long.MaxValue);
        return new(ascending, at, sequence, request.Size + 1);
    }

    /// <summary>Adds the start to the parameters of a filter.</summary>
    public DynamicParameters AddTo(DynamicParameters parameters)
    {
        parameters.Add("At", At, DbType.DateTime2);
        parameters.Add("Sequence", Sequence);
        parameters.Add("Take", Take);
        return parameters;
    }

    /// <summary>How a later row compares with an earlier one, and the keyword of the order.</summary>
    public static (string Beyond, string Order) Direction(bool ascending) => ascending ? (">", "") : ("<", " DESC");
}

internal static class PageReading
{
    /// <param name="found">The items from the page's start, at most one more than its size.</param>
    /// <param name="isCut">Whether there are more items although fewer were read.</param>
    public static Page<T> ToPage<T>(this PageRequest request, IReadOnlyCollection<T> found, Func<T, PagePosition> position, bool isCut = false)
    {
        var items = found.Take(request.Size).ToList();
        var more = isCut || found.Count > request.Size;
        if (request.Backwards)
        {
            items.Reverse();
        }

        return new(
            items,
            Next: (more || request.Backwards) && items.Count > 0 ? request with { Position = position(items[^1]), Backwards = false } : null,
            Previous: (request.Backwards ? more : request.Position is not null) && items.Count > 0 ? request with { Position = position(items[0]), Backwards = true } : null);
    }
}
