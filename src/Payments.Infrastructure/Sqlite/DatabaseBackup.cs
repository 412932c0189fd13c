using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Back-ups of a SQLite file and the way back; SQL Server has its own.</summary>
public sealed class DatabaseBackup
{
    private const int PagesOfAStep = 4096; // 16 MiB, so that progress is seen and a stop is soon

    private readonly string _database;

    /// <exception cref="StartupException">The database is not SQLite.</exception>
    internal DatabaseBackup(IDatabase database) => _database = database.Paths is [_, var file, ..] ? file : throw new StartupException(
        "Back-ups of SQL Server are its own: BACKUP DATABASE and BACKUP LOG, or the point-in-time restore of Azure SQL. docs/operations.md has the commands.");

    /// <summary>Copies the database into a new file while others read and write it: all that was acknowledged before, each payment whole, and checked.</summary>
    /// <param name="file">Where to; the name is there only once the copy is whole, on disk and found sound.</param>
    /// <param name="progress">Is told how many of how many bytes are copied.</param>
    /// <param name="stop">Ends it; nothing is left behind.</param>
    /// <returns>How many payments are in it.</returns>
    /// <exception cref="IOException">The file is there already, or cannot be written.</exception>
    /// <exception cref="InvalidDataException">What is copied is not sound.</exception>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public long Create(string file, Action<long, long> progress, CancellationToken stop)
    {
        RefuseToReplace(file);
        if (!File.Exists(_database))
        {
            throw new FileNotFoundException($"There is no database at {_database}.");
        }

        var copy = Copy(_database, file, progress, stop);
        try
        {
            PutInPlace(copy.File, file);
        }
        catch
        {
            File.Delete(copy.File);
            throw;
        }

        return copy.Payments;
    }

    /// <summary>Puts a back-up in the place of the database, which no process may be using. What was there is kept beside it.</summary>
    /// <param name="file">The back-up; it stays as it is.</param>
    /// <param name="now">Names what is kept.</param>
    /// <param name="progress">Is told how many of how many bytes are copied.</param>
    /// <param name="stop">Ends it; the database stays as it is.</param>
    /// <returns>How many payments are in it, and where what was there before is kept; null where nothing was there.</returns>
    /// <exception cref="IOException">A process uses the database, or a file cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">The back-up is not sound, not one of payments, or of a newer version of the service.</exception>
    public (long Payments, string? Kept) Restore(string file, DateTimeOffset now, Action<long, long> progress, CancellationToken stop)
    {
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"There is no back-up at {file}.");
        }

        PrivateFolder.Create(Path.GetDirectoryName(_database)!);
        using var alone = OpenAlone(_database);
        var copy = Copy(file, _database, progress, stop);
        try
        {
            RefuseNewer(copy.File, file);

            // Windows moves no file that is open.
            alone?.Dispose();
            var kept = $"{_database}.replaced-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
            RefuseToReplace(kept);

            // A write-ahead log that stays behind would be taken for the new file's own and spoil it.
            string[] parts = [.. ((string[])["-wal", "-shm", "-journal", ""]).Where(part => File.Exists(_database + part))];
            foreach (var part in parts)
            {
                File.Move(_database + part, kept + part);
            }

            PutInPlace(copy.File, _database);
            return (copy.Payments, parts.Length == 0 ? null : kept);
        }
        catch
        {
            File.Delete(copy.File);
            throw;
        }
    }

    /// <summary>A whole and sound copy on disk, under a name of its own beside <paramref name="place"/>.</summary>
    private static (string File, long Payments) Copy(string from, string place, Action<long, long> progress, CancellationToken stop)
    {
        var file = $"{place}.{Guid.NewGuid():N}.part";
        using (PrivateFile.Create(file))
        {
        }

        try
        {
            CopyPages(from, file, progress, stop);
            var payments = Check(file, from, stop);
            Flush(file);
            return (file, payments);
        }
        catch (Exception e)
        {
            File.Delete(file);
            if (e is SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB })
            {
                throw new InvalidDataException($"{from} is damaged or no database: {e.Message}", e);
            }

            throw;
        }
    }

    private static void CopyPages(string from, string file, Action<long, long> progress, CancellationToken stop)
    {
        using var source = Open(from, SqliteOpenMode.ReadWrite);
        using var target = Open(file, SqliteOpenMode.ReadWrite);
        // It is nobody's yet and flushed at its end.
        target.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");

        // One read transaction around all steps: they copy the state of its beginning, whatever is committed meanwhile. Without it each
        // commit of another process would begin the copy anew.
        source.Execute("BEGIN DEFERRED");
        var pageSize = source.ExecuteScalar<long>("PRAGMA page_size");
        source.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_schema");
        using (var copying = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main"))
        {
            if (copying.IsInvalid)
            {
                SqliteException.ThrowExceptionForRC(raw.sqlite3_errcode(target.Handle), target.Handle);
            }

            int result;
            do
            {
                stop.ThrowIfCancellationRequested();
                result = raw.sqlite3_backup_step(copying, PagesOfAStep);
                var pages = raw.sqlite3_backup_pagecount(copying);
                progress((pages - raw.sqlite3_backup_remaining(copying)) * pageSize, pages * pageSize);
            }
            while (result == raw.SQLITE_OK);

            if (result != raw.SQLITE_DONE)
            {
                SqliteException.ThrowExceptionForRC(result, target.Handle);
            }
        }

        source.Execute("COMMIT");

        // One file that needs no other beside it, wherever it is read.
        target.Execute("PRAGMA journal_mode = DELETE;");
    }

    private static long Check(string file, string from, CancellationToken stop)
    {
        try
        {
            using var copy = Open(file, SqliteOpenMode.ReadOnly);
            using var interrupt = stop.Register(() => raw.sqlite3_interrupt(copy.Handle));
            // Reads the file once from end to end. The full check looks up each row in each index too, hours in a large file.
            var faults = copy.Query<string>("PRAGMA quick_check(3)").AsList();
            if (faults is not ["ok"])
            {
                throw new InvalidDataException($"{from} is damaged: {string.Join("; ", faults)}");
            }

            // Rows are numbered without gaps and never deleted, and counting them would read them all.
            return copy.ExecuteScalar<long>("SELECT COALESCE(MAX(sequence), 0) FROM payments");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            throw new InvalidDataException($"{from} is no database of payments: {e.Message}", e);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException("Stopped.", e, stop);
        }
    }

    private static void RefuseNewer(string copy, string from)
    {
        var known = typeof(DatabaseBackup).Assembly.GetManifestResourceNames();
        using var connection = Open(copy, SqliteOpenMode.ReadOnly);
        var unknown = connection.Query<string>($"SELECT ScriptName FROM {DatabaseSchema.Journal}").Except(known).ToList();
        if (unknown.Count > 0)
        {
            throw new InvalidDataException($"{from} is of a newer version of the service, whose schema has {string.Join(", ", unknown)}. Restore it with that version.");
        }
    }

    /// <summary>Keeps every other process out of the database; null where there is none, or none that could be read.</summary>
    private static SqliteConnection? OpenAlone(string database)
    {
        if (!File.Exists(database))
        {
            return null;
        }

        SqliteConnection? connection = null;
        try
        {
            connection = Open(database, SqliteOpenMode.ReadWrite);
            connection.DefaultTimeout = 1;
            // Brings the write-ahead log into the file and ends it, which needs the file for oneself.
            connection.Execute("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;");
            return connection;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            connection?.Dispose();
            throw new IOException($"A process is using {database}. Stop the service, and what would start it again, and then restore.", e);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            // Perhaps why it is restored.
            connection?.Dispose();
            return null;
        }
    }

    private static void PutInPlace(string file, string place)
    {
        File.Move(file, place, overwrite: false);
        // Its new name too.
        Flush(place);
    }

    private static void Flush(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    private static void RefuseToReplace(string file)
    {
        if (File.Exists(file))
        {
            throw new IOException($"{file} is there already, and nothing is written over.");
        }
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
