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

    public string InsertedPayment => NewPayment;

    public string NewPayment => "SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash";

    // Each number of entries would be a plan.
    public int MaxSingleEntries => 0;

    public string Take => "OFFSET 0 ROWS FETCH NEXT @Take ROWS ONLY";

    public string Entries =>
        "(SELECT j.payment, CONVERT(binary(16), j.hash, 2) AS hash FROM OPENJSON(@Entries) WITH (payment bigint, hash char(32)) AS j)";

    public string Totals(string parameter) =>
        $"""
        (SELECT j.grain, j.asset, j.type, j.period, j.status, j.connector, j.scheme, j.payment_count, j.initial_amount, j.amount, j.refunded
        FROM OPENJSON({parameter}) WITH (
            grain int '$[0]', asset varchar(64) COLLATE Latin1_General_100_BIN2 '$[1]', type varchar(16) COLLATE Latin1_General_100_BIN2 '$[2]', period int '$[3]',
            status varchar(32) COLLATE Latin1_General_100_BIN2 '$[4]', connector bigint '$[5]', scheme varchar(32) COLLATE Latin1_General_100_BIN2 '$[6]',
            payment_count bigint '$[7]', initial_amount varchar(60) '$[8]', amount varchar(60) '$[9]', refunded varchar(60) '$[10]') AS j)
        """;

    public string Amount(string parameter) => $"CAST({parameter} AS decimal(38, 0))";
}
