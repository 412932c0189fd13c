using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Rows in one range of an index; null is a range of all. A lower rank means that the range is likely to have fewer rows. They come
/// in the list's order, which begins with the column <paramref name="CreatedAt"/>, unless another <paramref name="Order"/> is given.</summary>
internal sealed record Seek(
    string? Where, int Rank, string? Order = null, string From = "payments AS q", string CreatedAt = "q.created_at", string Sequence = "q.sequence")
{
    /// <summary>The SELECTs of the next <c>@Take</c> rows after the position <c>@At</c>, <c>@Sequence</c> that match two further conditions.</summary>
    public string[] After(bool ascending, string? end = null, string? rest = null)
    {
        // Two lookups: a condition with OR would read every row of the same instant from its first.
        var (beyond, order) = PageStart.Direction(ascending);
        var select = $"SELECT {CreatedAt} AS created_at, {Sequence} AS sequence FROM {From}";
        var sameInstant = All(Where, $"{CreatedAt} = @At AND {Sequence} {beyond} @Sequence", end, rest);
        var otherInstants = All(Where, $"{CreatedAt} {beyond} @At", end, rest);
        return
        [
            $"SELECT s.created_at, s.sequence FROM ({select} WHERE {sameInstant} ORDER BY {Sequence}{order} LIMIT @Take) AS s",
            $"SELECT o.created_at, o.sequence FROM ({select} WHERE {otherInstants} ORDER BY {CreatedAt}{order}, {Sequence}{order} LIMIT @Take) AS o",
        ];
    }

    /// <summary>The first <c>@Take</c> rows of several SELECTs. UNION is necessary if several of them can find the same row.</summary>
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

internal sealed class SqliteDialect : ISqlDialect
{
    public string Page(string table, bool ascending, string? where) =>
        Seek.Page(new Seek(null, 0, From: $"{table} AS q").After(ascending, rest: where), "UNION ALL", ascending);

    // Neither searches the index on the hash again. The table payment_metadata has no rowid, so its rows do not change last_insert_rowid().
    public string InsertedPayment => "SELECT last_insert_rowid()";

    // One transaction writes at a time, and a new row has the largest sequence.
    public string NewPayment => "SELECT MAX(p.sequence) FROM payments AS p";

    // One statement for several rows costs a copy of each page that it changes. Each number of entries costs a set of compiled statements.
    public int MaxSingleEntries => 8;

    public string Take => "LIMIT @Take";

    public string Entries => "(SELECT j.value ->> 'payment' AS payment, unhex(j.value ->> 'hash') AS hash FROM json_each(@Entries) AS j)";

    public string Totals(string parameter) =>
        $"""
        (SELECT
            j.value ->> 0 AS grain, j.value ->> 1 AS asset, j.value ->> 2 AS type, j.value ->> 3 AS period, j.value ->> 4 AS status, j.value ->> 5 AS connector,
            j.value ->> 6 AS scheme, j.value ->> 7 AS payment_count, j.value ->> 8 AS initial_amount, j.value ->> 9 AS amount, j.value ->> 10 AS refunded
        FROM json_each({parameter}) AS j)
        """;

    public string Amount(string parameter) => parameter;
}
