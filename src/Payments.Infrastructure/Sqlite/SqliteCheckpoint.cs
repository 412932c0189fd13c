namespace Payments.Infrastructure.Sqlite;

/// <summary>Copies the pages of the write-ahead log into the file while the writer goes on; SQLite's own checkpoint would make it wait for the disk. Each
/// pass leaves the pages written during it to the next. The writer copies the last few, so that nothing is written while the log restarts.</summary>
internal sealed class SqliteCheckpoint(Func<SqliteConnection> open) : IDisposable
{
    /// <summary>How many pages (128 MiB) are written between checkpoints. A checkpoint copies a page once, however often it changed.</summary>
    public const int Pages = 32_000;

    // SQLite flushes the file only in a pass that leaves no page, which the first passes seldom do.
    private const int Passes = 8;

    private int _pages;
    private Task? _passes;

    /// <summary>The writer calls this after each commit.</summary>
    public void Committed(SqliteConnection writer)
    {
        raw.sqlite3_db_status(writer.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        _pages += pages;
        if (_passes is null && _pages >= Pages)
        {
            _passes = Task.Run(RunPasses);
        }
        else if (_passes is { IsCompleted: true })
        {
            Pass(writer);
            _passes = null;
            _pages = 0;
        }
    }

    public void Dispose() => _passes?.Wait();

    private void RunPasses()
    {
        try
        {
            using var connection = open();
            for (var pass = 0; pass < Passes; pass++)
            {
                Pass(connection);
            }
        }
        catch (Exception)
        {
            // The writer meets the same fault and reports it. Commits are safe in the log.
        }
    }

    // A long read or another process's checkpoint can stop it early. The next one continues from there.
    private static void Pass(SqliteConnection connection) =>
        raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
}
