using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.SqlServer;

/// <summary>Reads a page with one SELECT. The server chooses the indexes.</summary>
internal sealed class SqlServerPaymentPages(IDatabase database, ISqlDialect dialect) : IPaymentPages
{
    public Task<T> ReadAsync<T>(
        PaymentFilter filter, PageStart start, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var sql = new PaymentFilterSql(dialect);
        var statement = Page(sql, filter, start.Ascending, dialect);
        return database.ReadAsync(statement, start.AddTo(sql.Parameters), read, cancellationToken);
    }

    internal static string Page(PaymentFilterSql sql, PaymentFilter filter, bool ascending, ISqlDialect dialect) =>
        PaymentSql.Page(dialect.Page("payments", ascending, sql.Condition(filter)), ascending);
}

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
            {Take}
            """;
    }

    public string Take => "OFFSET 0 ROWS FETCH NEXT @Take ROWS ONLY";

    public string Amount(string parameter) => $"CAST({parameter} AS decimal(38, 0))";
}
