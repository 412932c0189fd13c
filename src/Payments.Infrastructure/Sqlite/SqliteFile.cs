using Payments.Infrastructure.Files;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Sqlite;

/// <summary>The database file: where it is, and how it is created and opened.</summary>
internal sealed class SqliteFile : ISchemaDatabase
{
    // SqliteCheckpoint empties the write-ahead log. SQLite's own checkpoint blocks the writer, so it only runs when a crash or a long read
    // left a log of 512 MiB. A savepoint needs no file if temporary storage is in memory; a cache of 16 MiB holds all pages of a batch.
    // SqliteWriter itself waits for other processes.
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

    private readonly string _writerConnectionString;
    private readonly bool _mayCreate;

    public SqliteFile(string connectionString, string contentRoot)
    {
        SqliteConnectionStringBuilder settings;
        try
        {
            settings = new SqliteConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException e)
        {
            throw new StartupException("Database:ConnectionString is not a SQLite connection string, such as Data Source=data/payments.db.", e);
        }

        if (settings.DataSource is "" or ":memory:" || settings.Mode == SqliteOpenMode.Memory)
        {
            throw new StartupException("Database:ConnectionString names no file. Set it to Data Source=…; the service does not keep payments in memory.");
        }

        FullName = Path.GetFullPath(settings.DataSource, contentRoot);
        (settings.DataSource, settings.ForeignKeys, settings.RecursiveTriggers) = (FullName, true, false);
        if (!settings.ShouldSerialize("Default Timeout"))
        {
            settings.DefaultTimeout = 5; // seconds that a commit waits for other processes
        }

        _mayCreate = settings.Mode == SqliteOpenMode.ReadWriteCreate;
        ReaderConnectionString = settings.ToString();
        settings.Pooling = false;
        _writerConnectionString = settings.ToString();
    }

    public string FullName { get; }
    public string ReaderConnectionString { get; }
    public string Description => $"SQLite, {FullName}";
    public IReadOnlyList<string> Paths => [Path.GetDirectoryName(FullName)!, FullName, $"{FullName}-wal", $"{FullName}-shm"];
    public string ScriptName => "Sqlite/schema.sql";

    // The driver's transactions begin with BEGIN IMMEDIATE, which locks the file.
    public string? SchemaLock => null;
    public string SelectSize => "SELECT c.page_count * s.page_size FROM pragma_page_count AS c, pragma_page_size AS s;";
    public string SelectSchemaTables => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('payments_schema', 'payments_schema_versions');";

    public SqliteConnection OpenWriter()
    {
        Create();
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

    public DbConnection OpenForSchema()
    {
        var connection = OpenWriter();
        connection.DefaultTimeout = 60;
        return connection;
    }

    // SQLite would create a file that every user can read. The files next to it get the same permissions.
    private void Create()
    {
        PrivateFolder.Create(Path.GetDirectoryName(FullName)!);
        try
        {
            if (_mayCreate && !File.Exists(FullName))
            {
                PrivateFile.Create(FullName).Dispose();
            }
        }
        catch (IOException) when (File.Exists(FullName))
        {
            // Another process was first.
        }
    }
}
