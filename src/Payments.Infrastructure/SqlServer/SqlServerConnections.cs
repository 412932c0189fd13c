using System.Data.Common;
using Dapper;
using Microsoft.Data.SqlClient;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.SqlServer;

/// <summary>The connections to one database of a server.</summary>
internal sealed class SqlServerConnections : ISchemaDatabase
{
    private readonly SqlConnectionStringBuilder _settings;

    /// <exception cref="StartupException">The connection string is not valid for SQL Server.</exception>
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
        // connections for up to a minute. An operator can still set both.
        if (!_settings.ShouldSerialize("Connect Retry Count"))
        {
            _settings.ConnectRetryCount = 0;
        }

        if (!_settings.ShouldSerialize("Pool Blocking Period"))
        {
            _settings.PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock;
        }

        // Shorter than SqlServerDatabase's time limit, so that the error says what took too long.
        if (!_settings.ShouldSerialize("Connect Timeout"))
        {
            _settings.ConnectTimeout = 8;
        }

        if (!_settings.ShouldSerialize("Command Timeout"))
        {
            _settings.CommandTimeout = 10;
        }
    }

    /// <summary>Waits up to ten minutes for another instance.</summary>
    internal const string SchemaLock =
        """
        DECLARE @result int;
        EXEC @result = sp_getapplock @Resource = 'payments.schema', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 600000;
        IF @result < 0 THROW 50000, 'Another instance has been changing the schema for ten minutes.', 1;
        """;

    public string Description => $"SQL Server, {_settings.InitialCatalog} on {_settings.DataSource}";

    public IReadOnlyList<string> Paths => [];

    public string ScriptName => "SqlServer/schema.sql";

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

    public void LockSchema(DbTransaction transaction) => transaction.Connection!.Execute(SchemaLock, transaction: transaction, commandTimeout: 0);
}
