using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.SqlServer;

internal sealed class SqlServerDialect : ISqlDialect
{
    public string Limit(string select, string rows) => $"{select} OFFSET 0 ROWS FETCH NEXT {rows} ROWS ONLY";

    public string Amount(string parameter) => $"CAST({parameter} AS decimal(38, 0))";
}
