using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Sqlite;

internal sealed class SqliteDialect : ISqlDialect
{
    public string Page(string table, bool ascending, string? where) =>
        Seek.Page(new Seek(null, 0, From: $"{table} AS q").After(ascending, rest: where), "UNION ALL", ascending);

    public string Amount(string parameter) => parameter;
}
