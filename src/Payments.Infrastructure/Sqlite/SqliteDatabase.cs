using Dapper;
using DbUp;
using DbUp.Builder;
using DbUp.Sqlite.Helpers;
using Microsoft.Data.Sqlite;
using Payments.Domain;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>One SQLite file in WAL mode: readers never wait, and one writer commits for all of this process.</summary>
internal sealed class SqliteDatabase : IDatabase, IDisposable
{
    private const int MaxIdleReaders = 16; // each holds up to 2 MiB of pages

    private readonly string _path;
    private readonly string _connectionString;
    private readonly string _writerConnectionString;
    private readonly SqliteWriter _writer;
    private readonly Stack<SqliteReader> _idle = new();
    private readonly bool _mayCreate;
    private bool _isDisposed;

    public SqliteDatabase(string connectionString, string contentRoot)
    {
        SqliteConnectionStringBuilder settings;
        try
        {
            settings = new SqliteConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException e)
        {
            throw new StartupException("Database:ConnectionString is not one of SQLite, such as Data Source=data/payments.db.", e);
        }

        if (settings.DataSource is "" or ":memory:" || settings.Mode == SqliteOpenMode.Memory)
        {
            throw new StartupException("Database:ConnectionString names no file; payments are not kept in memory. Set it to Data Source=…");
        }

        _path = Path.GetFullPath(settings.DataSource, contentRoot);
        settings.DataSource = _path;
        settings.ForeignKeys = true;
        settings.RecursiveTriggers = false;
        if (!settings.ShouldSerialize("Default Timeout"))
        {
            settings.DefaultTimeout = 5; // seconds that a commit waits for other processes before its writes are refused as unavailable
        }

        _mayCreate = settings.Mode == SqliteOpenMode.ReadWriteCreate;
        _connectionString = settings.ToString();
        settings.Pooling = false;
        _writerConnectionString = settings.ToString();
        _writer = new SqliteWriter(OpenWriter);
    }

    // As long as SQL Server's driver waits.
    internal TimeSpan ReadLimit { get; init; } = TimeSpan.FromSeconds(30);

    public string Description => $"SQLite, {_path}";

    public IReadOnlyList<string> Paths => [Path.GetDirectoryName(_path)!, _path, $"{_path}-wal", $"{_path}-shm"];

    public string SystemName => "sqlite";

    // All waiting writes share a commit, so each costs less the more there are. Three imports leave a quarter of the queue to other requests.
    public int MaxConcurrentWrites => 1024;

    public string ScriptPrefix => "Sqlite/";

    public async Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var reader = TakeReader();
            try
            {
                var rows = await reader.ReadAsync<TRow>(statement, parameters, ReadLimit, cancellationToken);
                GiveBack(reader);
                return rows;
            }
            catch
            {
                reader.Dispose();
                throw;
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new UnavailableException("The database took too long.", e);
        }
        catch (SqliteException e) when (IsUnavailable(e))
        {
            throw new UnavailableException($"The database did not answer: {Reason(e)}.", e);
        }
    }

    // A write that is queued is carried out, so whoever gave it up is not told otherwise.
    public Task<int> WriteAsync(string statements, object parameters, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<int>(cancellationToken) : _writer.WriteAsync(statements, parameters);

    public string Take(string select, string rows) => $"{select} LIMIT {rows}";

    public string Amount(string parameter) => parameter;

    public T WithSchemaLocked<T>(Func<UpgradeEngineBuilder, T> work)
    {
        // All scripts in one transaction, begun before the journal is read, so that another instance waits here and then finds nothing to do.
        using var connection = OpenWriter();
        connection.DefaultTimeout = 60;
        connection.CreateFunction("metadata_hashes", (string metadata) => MetadataEntry.All(StoredValue.ReadMetadata(metadata).Entries));
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            using var shared = new SharedConnection(connection);
            var done = work(DeployChanges.To.SqliteDatabase(shared).JournalToSqliteTable(DatabaseSchema.Journal).WithoutTransaction());
            connection.Execute("COMMIT");
            return done;
        }
        catch
        {
            connection.Execute("ROLLBACK");
            throw;
        }
    }

    public UpgradeEngineBuilder ReadJournal()
    {
        CreateFile();
        return DeployChanges.To.SqliteDatabase(_connectionString).JournalToSqliteTable(DatabaseSchema.Journal);
    }

    public void Dispose()
    {
        _writer.Dispose();
        lock (_idle)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var reader))
            {
                reader.Dispose();
            }
        }
    }

    // BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: https://sqlite.org/rescode.html. What a failing disk does not
    // give back looks like damage too.
    internal static bool IsUnavailable(SqliteException e) => e.SqliteErrorCode is 5 or 6 or 8 or 10 or 11 or 13 or 14 or 15 or 26;

    // SQLite's own words for the code; the exception's message may hold more than that.
    internal static string Reason(SqliteException e) => raw.sqlite3_errstr(e.SqliteErrorCode).utf8_to_string();

    // SqliteCheckpoint empties the log; SQLite's own checkpoint, which holds the writer up, comes only where a log was left long by a crash or
    // a long read, and then the file is cut again. In memory a write's savepoint costs no file; 16 MiB hold all pages that a batch changes. The
    // writer waits for other processes by itself.
    private const string WriterSettings =
        """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 128000;
        PRAGMA journal_size_limit = 268435456;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -16000;
        PRAGMA busy_timeout = 0;
        """;

    private SqliteReader TakeReader()
    {
        lock (_idle)
        {
            if (_idle.TryPop(out var reader))
            {
                return reader;
            }
        }

        return new SqliteReader(_connectionString);
    }

    private void GiveBack(SqliteReader reader)
    {
        lock (_idle)
        {
            if (!_isDisposed && _idle.Count < MaxIdleReaders)
            {
                _idle.Push(reader);
                return;
            }
        }

        reader.Dispose();
    }

    private SqliteConnection OpenWriter()
    {
        CreateFile();
        var connection = new SqliteConnection(_writerConnectionString);
        try
        {
            connection.Open();
            connection.Execute(WriterSettings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // SQLite would let every user of the machine read it, and gives the files beside it the rights that this one has.
    private void CreateFile()
    {
        PrivateFolder.Create(Path.GetDirectoryName(_path)!);
        try
        {
            if (_mayCreate && !File.Exists(_path))
            {
                PrivateFile.Create(_path).Dispose();
            }
        }
        catch (IOException) when (File.Exists(_path))
        {
            // Another process was first.
        }
    }
}
