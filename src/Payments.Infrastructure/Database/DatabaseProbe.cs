namespace Payments.Infrastructure.Database;

/// <summary>Finds out whether the database takes writes now, in the way that payments are written.</summary>
public sealed class DatabaseProbe
{
    private readonly IDatabase _database;

    internal DatabaseProbe(IDatabase database) => _database = database;

    /// <summary>Writes a row that is there for this alone, and returns once it is on disk.</summary>
    /// <exception cref="Domain.UnavailableException">The database does not take writes; its message says why, for anybody to read.</exception>
    public Task WriteAsync(CancellationToken cancellationToken) => _database.WriteAsync(ProbeSql.Write, new { }, cancellationToken);
}

/// <summary>A write that a full disk, a read-only file, a lock of another process and a read-only replica all refuse.</summary>
internal static class ProbeSql
{
    // What does not change a row may never reach the disk.
    public const string Write = "UPDATE write_probe SET writes = writes + 1 WHERE number = 1;";
}
