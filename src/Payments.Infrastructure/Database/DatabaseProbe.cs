namespace Payments.Infrastructure.Database;

/// <summary>Finds out whether the database accepts writes, the same way that payments are written.</summary>
public sealed class DatabaseProbe
{
    private readonly IDatabase _database;

    internal DatabaseProbe(IDatabase database) => _database = database;

    /// <summary>Updates a row that only this method uses, and returns when the change is on disk.</summary>
    /// <exception cref="Domain.UnavailableException">The database rejects writes. The message is safe to show to anybody.</exception>
    public Task WriteAsync(CancellationToken cancellationToken) => _database.WriteAsync(ProbeSql.Write, new { }, cancellationToken);
}

/// <summary>A write that fails on a full disk, a read-only file, a locked file and a read-only replica.</summary>
internal static class ProbeSql
{
    // A write that changes nothing may never reach the disk.
    public const string Write = "UPDATE write_probe SET writes = writes + 1 WHERE number = 1;";
}
