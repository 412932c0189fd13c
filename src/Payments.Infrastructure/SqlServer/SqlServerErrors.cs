using Microsoft.Data.SqlClient;

namespace Payments.Infrastructure.SqlServer;

/// <summary>What an error of SQL Server means to whoever waits.</summary>
/// <remarks>https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues</remarks>
internal static class SqlServerErrors
{
    private const int DeadlockVictim = 1205;
    private const int MaxRetries = 5;

    /// <summary>A unique key is taken: a constraint's or an index's.</summary>
    public static bool IsKeyTaken(SqlException e) => e.Number is 2627 or 2601;

    /// <summary>A foreign key is broken. A broken check has the same number; the name of the constraint is in the message, whatever its language.</summary>
    public static bool IsForeignKey(SqlException e) => e.Number == 547 && e.Message.Contains("fk_", StringComparison.OrdinalIgnoreCase);

    /// <summary>How long to wait before the same is tried again, longer each time and never as long as others; null where that would not help.</summary>
    public static TimeSpan? RetryDelay(SqlException e, int retries) =>
        retries >= MaxRetries || !IsPassing(e)
            ? null
            : TimeSpan.FromMilliseconds(Random.Shared.Next(1, (e.Number == DeadlockVictim ? 10 : 100) << retries));

    /// <summary>The server cannot do it now, and nothing is wrong with what was asked.</summary>
    public static bool IsUnavailable(SqlException e) => IsPassing(e) || RetryAfter(e) is not null || e.Number is
        -2 // the time is up
        or 1101 or 1105 or 9002 or 3906 or 40544 // full or read-only
        or 701 or 8645 or 8651; // out of memory

    /// <summary>Azure SQL throttles: it asks for ten seconds without the same request, which is for the caller to keep.</summary>
    public static TimeSpan? RetryAfter(SqlException e) => e.Number is 10928 or 10929 or 10936 or 40501 or 40549 or 40550 or 49918 or 49919 or 49920
        ? TimeSpan.FromSeconds(10)
        : null;

    // It is over in a moment: a deadlock or a lock, a server that is not reached, starts, fails over or moves. A severity of 20 and more has
    // closed the connection.
    private static bool IsPassing(SqlException e) => RetryAfter(e) is null && (e.Class >= 20 || e.Number is
        DeadlockVictim or 1222 or 1204
        or -1 or 2 or 53 or 64 or 121 or 233 or 258 or 10053 or 10054 or 10060 or 10061 or 11001
        or 4060 or 18401
        or 615 or 976 or 983 or 4221 or 40143 or 40197 or 40540 or 40613 or 42108 or 42109);
}
