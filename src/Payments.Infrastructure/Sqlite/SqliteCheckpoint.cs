using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>
/// Brings the pages of the write-ahead log into the file beside the writer, who would else wait for the disk until it is done. Each pass leaves
/// what was written meanwhile to the next, and the last few pages are the writer's, so that nobody writes while the log begins anew.
/// </summary>
internal sealed class SqliteCheckpoint(Func<SqliteConnection> open) : IDisposable
{
    /// <summary>How many pages (128 MiB) are written before the next one: it writes a page once however often it has changed.</summary>
    public const int Pages = 32_000;

    // SQLite flushes the file only in a pass that leaves nothing, and the first ones seldom do.
    private const int Passes = 8;

    private int _adjustments;
    private Task? _passes;

    /// <summary>Called by the writer after each commit.</summary>
    public void Committed(SqliteConnection writer)
    {
        raw.sqlite3_db_status(writer.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        _adjustments += pages;
        if (_passes is null && _adjustments >= Pages)
        {
            _passes = Task.Run(RunPasses);
        }
        else if (_passes is { IsCompleted: true })
        {
            Pass(writer);
            _passes = null;
            _adjustments = 0;
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
            // The writer meets the same fault and tells whoever waits; what is committed is safe in the log.
        }
    }

    // Whatever keeps it from its end, a long read or another process's checkpoint, the next one goes on from there.
    private static void Pass(SqliteConnection connection) =>
        raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
}
