using Payments.Domain;

namespace Payments.Infrastructure.Lists;

/// <summary>From where a statement reads a page, and how many rows: the parameters of every <c>Page</c> statement.</summary>
/// <param name="Ascending">Whether it reads from the oldest to the newest.</param>
/// <param name="At">The instant it reads on from.</param>
/// <param name="Sequence">The number at that instant it reads on from; the row of both is not read.</param>
/// <param name="Take">The most items it reads, one more than the page has.</param>
internal sealed record PageStart(bool Ascending, DateTime At, long Sequence, int Take);

/// <summary>How a page of a list is read, the same for every list.</summary>
internal static class PageReading
{
    /// <summary>Behind every item. In whole seconds, for a server that keeps fewer digits than .NET would round the calendar's last tick beyond its end.</summary>
    public static readonly DateTime LatestDay = DateTime.MaxValue.Date;

    /// <summary>Reads a page by what reads items on from a start, in its order and each with its number.</summary>
    public static async Task<Page<T>> ReadAsync<T>(
        PageRequest request, Func<PageStart, Task<IEnumerable<(long Sequence, T Item)>>> read, Func<T, Instant> createdAt)
    {
        // A page in front of a place is the page behind it in the other direction, turned round.
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
            Next: (more || request.Backwards) && found.Count > 0 ? Beside(found[^1], backwards: false) : null,
            Previous: (request.Backwards ? more : request.Position is not null) && found.Count > 0 ? Beside(found[0], backwards: true) : null);

        PageRequest Beside((long Sequence, T Item) row, bool backwards) =>
            request with { Position = new(createdAt(row.Item), row.Sequence), Backwards = backwards };
    }
}
