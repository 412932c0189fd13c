using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.SqlServer;

/// <summary>The connections to one database of a server.</summary>
internal sealed class SqlServerConnections : ISchemaDatabase
{
    private readonly SqlConnectionStringBuilder _settings;

    public SqlServerConnections(string connectionString)
    {
        try
        {
            _settings = new SqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The driver's message may repeat parts of the string, so the exception does not contain it.
            throw new StartupException("Database:ConnectionString is not a SQL Server connection string, such as Server=…;Database=payments;User Id=…;Password=…");
        }

        // SqlServerDatabase reconnects sooner than the driver, which waits ten seconds between attempts and after a failure rejects new
        // connections for up to a minute. An operator can still set all of these.
        SetDefault("Connect Retry Count", 0);
        SetDefault("Pool Blocking Period", PoolBlockingPeriod.NeverBlock);

        // Shorter than SqlServerDatabase's time limit, so that the error says what took too long.
        SetDefault("Connect Timeout", 8);
        SetDefault("Command Timeout", 10);
    }

    public string Description => $"SQL Server, {_settings.InitialCatalog} on {_settings.DataSource}";
    public IReadOnlyList<string> Paths => [];
    public string ScriptName => "SqlServer/schema.sql";

    // Waits up to ten minutes for another instance.
    public string SchemaLock =>
        """
        DECLARE @result int;
        EXEC @result = sp_getapplock @Resource = 'payments.schema', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 600000;
        IF @result < 0 THROW 50000, 'Another instance has been changing the schema for ten minutes.', 1;
        """;

    // Pages of 8 KiB. A database without further data files has all its data in the primary one.
    public string SelectSize => "SELECT CAST(FILEPROPERTY(FILE_NAME(1), 'SpaceUsed') AS bigint) * 8192;";
    public string SelectSchemaTables =>
        """
        SELECT 'payments_schema' AS name WHERE OBJECT_ID(N'payments_schema') IS NOT NULL
        UNION ALL
        SELECT 'payments_schema_versions' AS name WHERE OBJECT_ID(N'payments_schema_versions') IS NOT NULL;
        """;

    internal string ConnectionString => _settings.ConnectionString;

    public SqlConnection Create() => new(ConnectionString);

    public DbConnection OpenForSchema()
    {
        var connection = Create();
        connection.Open();
        return connection;
    }

    private void SetDefault(string key, object value)
    {
        if (!_settings.ShouldSerialize(key))
        {
            _settings[key] = value;
        }
    }
}
