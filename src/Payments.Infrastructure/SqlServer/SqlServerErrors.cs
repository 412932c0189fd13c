namespace Payments.Infrastructure.SqlServer;

/// <remarks>https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues</remarks>
internal static class SqlServerErrors
{
    public const int LoginFailed = 18456;
    private const int Deadlock = 1205;
    private const int MaxRetries = 5;

    public static bool IsDuplicateKey(SqlException e) => e.Number is 2627 or 2601;

    /// <summary>A foreign key failed. A failed check has the same number. The message contains the constraint's name in every language.</summary>
    public static bool IsForeignKey(SqlException e) => e.Number == 547 && e.Message.Contains("fk_", StringComparison.OrdinalIgnoreCase);

    /// <summary>How long to wait before the next attempt, longer each time and random; null if another attempt would not help.</summary>
    public static TimeSpan? RetryDelay(SqlException e, int retries) => retries >= MaxRetries || !IsTransient(e)
        ? null
        : TimeSpan.FromMilliseconds(Random.Shared.Next(1, (e.Number == Deadlock ? 10 : 100) << retries));

    /// <summary>The server cannot run the statement now, but the statement is right.</summary>
    public static bool IsUnavailable(SqlException e) => IsTransient(e) || RetryAfter(e) is not null || e.Number is
        -2 // timeout
        or 1101 or 1105 or 9002 or 3906 or 40544 // full or read-only
        or 701 or 8645 or 8651; // out of memory

    /// <summary>The wait that Azure SQL asks for when it throttles.</summary>
    public static TimeSpan? RetryAfter(SqlException e) => e.Number is 10928 or 10929 or 10936 or 40501 or 40549 or 40550 or 49918 or 49919 or 49920
        ? TimeSpan.FromSeconds(10)
        : null;

    // Over in a moment: a deadlock, a lock timeout, or a server that cannot be reached, starts, fails over or moves. A severity of 20 or more
    // closed the connection.
    private static bool IsTransient(SqlException e) => RetryAfter(e) is null && (e.Class >= 20 || e.Number is
        Deadlock or 1222 or 1204
        or -1 or 2 or 53 or 64 or 121 or 233 or 258 or 10053 or 10054 or 10060 or 10061 or 11001
        or 4060 or 18401
        or 615 or 976 or 983 or 4221 or 40143 or 40197 or 40540 or 40613 or 42108 or 42109);
}
