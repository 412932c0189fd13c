using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Sqlite;

internal sealed class SqliteDialect : ISqlDialect
{
    public string Limit(string select, string rows) => $"{select} LIMIT {rows}";

    public string Amount(string parameter) => parameter;
}
