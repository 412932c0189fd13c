using Payments.Infrastructure.Database;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Backs up the SQLite file and restores it. SQL Server has its own backups.</summary>
public sealed class DatabaseBackup
{
    private const int PagesPerStep = 4096; // 16 MiB, so that the progress moves and a stop takes effect soon

    private readonly string _database;
    private readonly DatabaseSchema _schema;

    internal DatabaseBackup(ISchemaDatabase database, DatabaseSchema schema)
    {
        _schema = schema;
        _database = (database as SqliteFile)?.FullName ?? throw new StartupException(
            "The service backs up SQLite only. For SQL Server use BACKUP DATABASE and BACKUP LOG, for Azure SQL its point-in-time restore; docs/operations.md has the commands.");
    }

    internal Action<string, string> Move { get; set; } = File.Move;

    /// <summary>Copies the database into a new file and checks the copy, while other processes read and write the database. The copy contains
    /// every payment that was acknowledged before, each with its whole history. If the backup fails or is stopped, no file remains.</summary>
    /// <returns>How many payments the copy contains. The progress gets the number of bytes copied and their total.</returns>
    /// <exception cref="InvalidDataException">The database is damaged.</exception>
    public long Create(string file, Action<long, long> progress, CancellationToken stop)
    {
        ThrowIfExists(file);
        if (!File.Exists(_database))
        {
            throw new FileNotFoundException($"There is no database at {_database}.");
        }

        return Copy(_database, file, copy => Move(copy, file), progress, stop);
    }

    /// <summary>Replaces the database by a backup, and begins a new epoch of the event record. No other process may use the database. The replaced files stay next to it, under
    /// names that contain the time <paramref name="now"/>. If the restore fails or is stopped, the database does not change. If a process
    /// created another file in its place, the exception names the file that has the database.</summary>
    /// <returns>How many payments the backup contains, and the name of the replaced file; null if there was no database.</returns>
    /// <exception cref="InvalidDataException">The backup is damaged, not a payments database, or of another version of the service.</exception>
    public (long Payments, string? Replaced) Restore(string file, DateTimeOffset now, Action<long, long> progress, CancellationToken stop)
    {
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"There is no backup at {file}.");
        }

        PrivateFolder.Create(Path.GetDirectoryName(_database)!);
        var existed = File.Exists(_database);
        using var exclusive = OpenExclusively(_database);
        string? replaced = null;
        var payments = Copy(file, _database, Replace, progress, stop);
        return (payments, replaced);

        void Replace(string copy)
        {
            CheckVersion(copy, file);
            BeginEpoch(copy);
            if (!existed && File.Exists(_database))
            {
                throw InUse(_database);
            }

            // Windows does not move an open file.
            if (OperatingSystem.IsWindows())
            {
                exclusive?.Dispose();
            }

            var name = $"{_database}.replaced-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
            ThrowIfExists(name);

            var moved = new Stack<string>();
            try
            {
                // SQLite would apply a write-ahead log that stays behind to the new file and damage it.
                foreach (var part in ((string[])["-wal", "-shm", "-journal", ""]).Where(part => File.Exists(_database + part)))
                {
                    Move(_database + part, name + part);
                    moved.Push(part);
                    replaced = name;
                }

                Move(copy, _database);
            }
            catch (Exception e)
            {
                MoveBack(moved, name, e);
                throw;
            }
        }
    }

    private void MoveBack(Stack<string> parts, string name, Exception cause)
    {
        try
        {
            // The database first: if another file is in its place, that file must not get the database's log.
            foreach (var part in parts)
            {
                Move(name + part, _database + part);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The restore failed: {cause.Message} The database is now {name}. Move it and its -wal file back to {_database}.", e);
        }
    }

    private static long Copy(string from, string place, Action<string> move, Action<long, long> progress, CancellationToken stop)
    {
        var copy = $"{place}.{Guid.NewGuid():N}.part";
        PrivateFile.Create(copy).Dispose();
        try
        {
            CopyPages(from, copy, progress, stop);
            var payments = Check(copy, from, stop);
            Flush(copy);
            move(copy);
            Flush(place); // the new name, too
            return payments;
        }
        catch (Exception e)
        {
            File.Delete(copy);
            if (e is SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB })
            {
                throw new InvalidDataException($"{from} is damaged or not a database: {e.Message}", e);
            }

            throw;
        }
    }

    private static void CopyPages(string from, string copy, Action<long, long> progress, CancellationToken stop)
    {
        using var source = Open(from, SqliteOpenMode.ReadWrite);
        using var target = Open(copy, SqliteOpenMode.ReadWrite);
        // Nobody reads the copy before Flush.
        target.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");

        // In one read transaction all steps copy the same state. Without it, each commit of another process would restart the copy.
        source.Execute("BEGIN DEFERRED");
        var pageSize = source.ExecuteScalar<long>("PRAGMA page_size");
        source.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_schema");
        using (var copying = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main"))
        {
            var result = copying.IsInvalid ? raw.sqlite3_errcode(target.Handle) : raw.SQLITE_OK;
            while (result == raw.SQLITE_OK)
            {
                stop.ThrowIfCancellationRequested();
                result = raw.sqlite3_backup_step(copying, PagesPerStep);
                var pages = raw.sqlite3_backup_pagecount(copying);
                progress((pages - raw.sqlite3_backup_remaining(copying)) * pageSize, pages * pageSize);
            }

            SqliteException.ThrowExceptionForRC(result, target.Handle);
        }

        source.Execute("COMMIT");

        // A file that needs no write-ahead log next to it.
        target.Execute("PRAGMA journal_mode = DELETE;");
    }

    private static long Check(string copy, string from, CancellationToken stop)
    {
        try
        {
            using var connection = Open(copy, SqliteOpenMode.ReadOnly);
            using var interrupt = stop.Register(() => raw.sqlite3_interrupt(connection.Handle));
            // Reads the file once. The full check also looks up each row in each index, which takes hours for a large file.
            var faults = connection.Query<string>("PRAGMA quick_check(3)").AsList();
            if (faults is not ["ok"])
            {
                throw new InvalidDataException($"{from} is damaged: {string.Join("; ", faults)}");
            }

            // Payments are numbered without gaps and never deleted, and COUNT would read them all.
            return connection.ExecuteScalar<long>("SELECT COALESCE(MAX(sequence), 0) FROM payments");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            throw new InvalidDataException($"{from} is not a payments database: {e.Message}", e);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException("Stopped.", e, stop);
        }
    }

    private void CheckVersion(string copy, string from)
    {
        using var connection = Open(copy, SqliteOpenMode.ReadOnly);
        if (_schema.FindFault(connection) is not null)
        {
            throw new InvalidDataException($"Another version of the service created {from}. Restore it with that version.");
        }
    }

    // Flushed with its own transaction.
    private static void BeginEpoch(string copy)
    {
        using var connection = Open(copy, SqliteOpenMode.ReadWrite);
        connection.Execute(EpochSql.Begin, new { Epoch = EventEpoch.New() });
    }

    /// <summary>Locks every other process out of the database. Returns null if the database does not exist or cannot be read.</summary>
    private static SqliteConnection? OpenExclusively(string database)
    {
        if (!File.Exists(database))
        {
            return null;
        }

        var connection = Open(database, SqliteOpenMode.ReadWrite);
        try
        {
            connection.DefaultTimeout = 1;
            // Leaving WAL mode needs exclusive access.
            connection.Execute("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;");
            return connection;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            connection.Dispose();
            return e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB
                ? null // the damage may be the reason for the restore
                : throw InUse(database, e);
        }
    }

    private static IOException InUse(string database, Exception? cause = null) =>
        new($"A process is using {database}. Stop the service and whatever restarts it, then restore.", cause);

    private static void Flush(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    private static void ThrowIfExists(string file)
    {
        if (File.Exists(file))
        {
            throw new IOException($"{file} already exists. Delete it, or choose another name.");
        }
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }
}
