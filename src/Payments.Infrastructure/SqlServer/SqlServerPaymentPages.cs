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
        sql.SetStart(start);
        return database.ReadAsync(statement, sql.Parameters, read, cancellationToken);
    }

    internal static string Page(PaymentFilterSql sql, PaymentFilter filter, bool ascending, ISqlDialect dialect) =>
        PaymentSql.Page(dialect.Page("payments", ascending, sql.Condition(filter)), ascending);
}
