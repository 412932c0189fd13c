namespace Payments.Infrastructure.Lists;

/// <summary>Where a page starts, and how many rows it reads: the parameters of every statement that reads a page.</summary>
/// <param name="Ascending">Whether it reads from the oldest to the newest.</param>
/// <param name="At">The instant of the row before the page.</param>
/// <param name="Sequence">The number of the row before the page.</param>
/// <param name="Take">One more than the size of the page, to find out whether there is another page.</param>
internal sealed record PageStart(bool Ascending, DateTime At, long Sequence, int Take)
{
    /// <summary>How a later row compares with an earlier one, and the keyword of the order.</summary>
    public static (string Beyond, string Order) Direction(bool ascending) => ascending ? (">", "") : ("<", " DESC");
}

/// <summary>Reads a page of any list.</summary>
internal static class PageReading
{
    /// <summary>After every item. A whole day, because a server with fewer digits than .NET would round the last tick to the next year.</summary>
    public static readonly DateTime LatestDay = DateTime.MaxValue.Date;

    /// <param name="request">The page.</param>
    /// <param name="read">Reads items from a start, each with its position.</param>
    public static async Task<Page<T>> ReadAsync<T>(PageRequest request, Func<PageStart, Task<IEnumerable<(PagePosition Position, T Item)>>> read)
    {
        // The page before a position is the page after it in the other direction, reversed.
        var ascending = request.Ascending != request.Backwards;
        var (at, sequence) = request.Position is { } position ? (position.CreatedAt.Utc, position.Sequence)
            : ascending ? (DateTime.MinValue, 0)
            : (LatestDay, long.MaxValue);
        var found = (await read(new PageStart(ascending, at, sequence, request.Size + 1))).ToList();
        var more = found.Count > request.Size;
        if (more)
        {
            found.RemoveAt(request.Size);
        }

        if (request.Backwards)
        {
            found.Reverse();
        }

        return new(
            [.. found.Select(row => row.Item)],
            Next: (more || request.Backwards) && found.Count > 0 ? request with { Position = found[^1].Position, Backwards = false } : null,
            Previous: (request.Backwards ? more : request.Position is not null) && found.Count > 0 ? request with { Position = found[0].Position, Backwards = true } : null);
    }
}
