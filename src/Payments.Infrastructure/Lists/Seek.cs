using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Lists;

/// <summary>Rows of one range of an index of a list.</summary>
/// <param name="Where">The range; null for all rows.</param>
/// <param name="Rank">How few rows such a range is likely to have; the lower the fewer.</param>
/// <param name="Order">What the rows come ordered by where that is not the list's own order.</param>
/// <param name="From">The tables.</param>
/// <param name="CreatedAt">The column of the first part of the list's order, as the index has it.</param>
/// <param name="Sequence">The column of the second part.</param>
internal sealed record Seek(
    string? Where, int Rank, string? Order = null, string From = "payments AS q", string CreatedAt = "q.created_at", string Sequence = "q.sequence")
{
    /// <summary>How a later row of a list stands to an earlier one, and how its order is written.</summary>
    public static (string Beyond, string Order) Direction(bool ascending) => ascending ? (">", "") : ("<", " DESC");

    /// <summary>The SELECTs of the next <c>@Take</c> rows behind the place <c>@At</c>, <c>@Sequence</c>.</summary>
    /// <param name="ascending">Whether the list goes from the oldest to the newest.</param>
    /// <param name="dialect">Says how rows are limited.</param>
    /// <param name="end">What <see cref="CreatedAt"/> must be too; null for the list's own end.</param>
    /// <param name="rest">What is still to be asked of the rows; null for nothing.</param>
    public string[] Behind(bool ascending, ISqlDialect dialect, string? end = null, string? rest = null)
    {
        // Two seeks of the index: an OR of them would read every row of the same instant from its beginning.
        var (beyond, order) = Direction(ascending);
        var select = $"SELECT {CreatedAt} AS created_at, {Sequence} AS sequence FROM {From}";
        var within = end is null ? null : $"{CreatedAt} {end}";
        var sameInstant = All(Where, $"{CreatedAt} = @At AND {Sequence} {beyond} @Sequence", within, rest);
        var otherInstants = All(Where, $"{CreatedAt} {beyond} @At", within, rest);
        return
        [
            $"SELECT s.created_at, s.sequence FROM ({dialect.Limit($"{select} WHERE {sameInstant} ORDER BY {Sequence}{order}")}) AS s",
            $"SELECT o.created_at, o.sequence FROM ({dialect.Limit($"{select} WHERE {otherInstants} ORDER BY {CreatedAt}{order}, {Sequence}{order}")}) AS o",
        ];
    }

    /// <summary>The keys of a page: the first <c>@Take</c> of what SELECTs have found.</summary>
    /// <param name="selects">They select <c>created_at</c> and <c>sequence</c>.</param>
    /// <param name="union">UNION ALL, or UNION where a row may come by more than one of them.</param>
    /// <param name="ascending">Whether the list goes from the oldest to the newest.</param>
    /// <param name="dialect">Says how rows are limited.</param>
    public static string Page(IEnumerable<string> selects, string union, bool ascending, ISqlDialect dialect)
    {
        var order = Direction(ascending).Order;
        return dialect.Limit(
            $"""
            SELECT u.sequence
            FROM ({string.Join($" {union} ", selects)}) AS u
            ORDER BY u.created_at{order}, u.sequence{order}
            """);
    }

    /// <summary>Conditions that must all hold; those that are null ask for nothing.</summary>
    public static string All(params IEnumerable<string?> conditions) => string.Join(" AND ", conditions.Where(condition => condition is not null));
}
