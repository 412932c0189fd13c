using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Rows in one range of an index.</summary>
/// <param name="Where">The range; null for all rows.</param>
/// <param name="Rank">How many rows such a range is likely to have; lower means fewer.</param>
/// <param name="Order">The order of the rows, if it is not the list's own order.</param>
/// <param name="From">The tables.</param>
/// <param name="CreatedAt">The column with the first part of the list's order.</param>
/// <param name="Sequence">The column with the second part.</param>
internal sealed record Seek(
    string? Where, int Rank, string? Order = null, string From = "payments AS q", string CreatedAt = "q.created_at", string Sequence = "q.sequence")
{
    /// <summary>The SELECTs of the next <c>@Take</c> rows after the position <c>@At</c>, <c>@Sequence</c>.</summary>
    /// <param name="ascending">Whether the list goes from the oldest to the newest.</param>
    /// <param name="end">A further condition on <see cref="CreatedAt"/>; null for none.</param>
    /// <param name="rest">A further condition on the rows; null for none.</param>
    public string[] After(bool ascending, string? end = null, string? rest = null)
    {
        // Two lookups: a condition with OR would read every row of the same instant from its first.
        var (beyond, order) = PageStart.Direction(ascending);
        var select = $"SELECT {CreatedAt} AS created_at, {Sequence} AS sequence FROM {From}";
        var within = end is null ? null : $"{CreatedAt} {end}";
        var sameInstant = All(Where, $"{CreatedAt} = @At AND {Sequence} {beyond} @Sequence", within, rest);
        var otherInstants = All(Where, $"{CreatedAt} {beyond} @At", within, rest);
        return
        [
            $"SELECT s.created_at, s.sequence FROM ({select} WHERE {sameInstant} ORDER BY {Sequence}{order} LIMIT @Take) AS s",
            $"SELECT o.created_at, o.sequence FROM ({select} WHERE {otherInstants} ORDER BY {CreatedAt}{order}, {Sequence}{order} LIMIT @Take) AS o",
        ];
    }

    /// <summary>The keys of a page: the first <c>@Take</c> rows of several SELECTs.</summary>
    /// <param name="selects">They select <c>created_at</c> and <c>sequence</c>.</param>
    /// <param name="union">UNION ALL, or UNION if several of them can find the same row.</param>
    /// <param name="ascending">Whether the list goes from the oldest to the newest.</param>
    public static string Page(IEnumerable<string> selects, string union, bool ascending)
    {
        var order = PageStart.Direction(ascending).Order;
        return
            $"""
            SELECT u.created_at, u.sequence
            FROM ({string.Join($" {union} ", selects)}) AS u
            ORDER BY u.created_at{order}, u.sequence{order}
            LIMIT @Take
            """;
    }

    /// <summary>Conditions that must all hold; null conditions are left out.</summary>
    public static string All(params IEnumerable<string?> conditions) => string.Join(" AND ", conditions.Where(condition => condition is not null));
}
