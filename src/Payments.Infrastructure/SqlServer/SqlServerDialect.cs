using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.SqlServer;

internal sealed class SqlServerDialect : ISqlDialect
{
    public string Page(string table, bool ascending, string? where)
    {
        // The first condition on created_at is redundant and lets the server seek.
        var (beyond, order) = PageStart.Direction(ascending);
        return
            $"""
            SELECT q.created_at, q.sequence
            FROM {table} AS q
            WHERE q.created_at {beyond}= @At AND (q.created_at {beyond} @At OR q.sequence {beyond} @Sequence){(where is null ? "" : $" AND {where}")}
            ORDER BY q.created_at{order}, q.sequence{order}
            OFFSET 0 ROWS FETCH NEXT @Take ROWS ONLY
            """;
    }

    public string Amount(string parameter) => $"CAST({parameter} AS decimal(38, 0))";
}
