using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests;

/// <summary>A database that the tests of one fixture share, with the schema in place.</summary>
internal interface ITestDatabase : IDisposable
{
    /// <summary>Makes the database, or skips the fixture where it cannot be made here.</summary>
    static abstract ITestDatabase Create();

    IDatabase Database { get; }
}

/// <summary>A new SQLite file.</summary>
internal sealed class SqliteTestDatabase : ITestDatabase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("payments-");
    private readonly SqliteDatabase _database;

    public SqliteTestDatabase()
    {
        _database = Open();
        new DatabaseSchema(_database).Migrate();
    }

    public IDatabase Database => _database;

    public static ITestDatabase Create() => new SqliteTestDatabase();

    public string Path => System.IO.Path.Combine(_folder.FullName, "payments.db");

    /// <summary>The same file as another process would open it.</summary>
    public SqliteDatabase Open(int timeoutSeconds = 5) => new($"Data Source=payments.db;Default Timeout={timeoutSeconds}", _folder.FullName);

    public void Dispose()
    {
        _database.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}

/// <summary>A new database on the server that PAYMENTS_TEST_SQLSERVER names; without one, the tests are skipped and say so.</summary>
internal sealed class SqlServerTestDatabase : ITestDatabase
{
    private const string Variable = "PAYMENTS_TEST_SQLSERVER";

    private readonly string _server;
    private readonly string _name = $"payments_test_{Guid.NewGuid():N}";

    private SqlServerTestDatabase(string server)
    {
        _server = server;
        Execute($"CREATE DATABASE {_name}");
        Database = new SqlServerDatabase(ConnectionString);
        new DatabaseSchema(Database).Migrate();
    }

    public IDatabase Database { get; }

    private string ConnectionString => new SqlConnectionStringBuilder(_server) { InitialCatalog = _name }.ConnectionString;

    public static ITestDatabase Create()
    {
        var server = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(server))
        {
            Assert.Ignore($"No SQL Server: set {Variable} to the connection string of one where databases may be created.");
        }

        return new SqlServerTestDatabase(server!);
    }

    public void Dispose()
    {
        // The server takes a moment to notice that the pool's connections have gone.
        for (var attempt = 1; ; attempt++)
        {
            SqlConnection.ClearAllPools();
            try
            {
                Execute($"DROP DATABASE {_name}");
                return;
            }
            catch (SqlException) when (attempt < 20)
            {
                Thread.Sleep(250);
            }
        }
    }

    private void Execute(string statement)
    {
        using var connection = new SqlConnection(_server);
        connection.Open();
        using var command = new SqlCommand(statement, connection) { CommandTimeout = 120 };
        command.ExecuteNonQuery();
    }
}

/// <summary>Written once, run on each database that is there.</summary>
[TestFixture(typeof(SqliteTestDatabase))]
[TestFixture(typeof(SqlServerTestDatabase))]
internal abstract class DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private ITestDatabase? _database;

    protected IDatabase Database => _database!.Database;

    protected IPaymentRepository Payments => new PaymentRepository(Database);

    protected IAccountRepository Accounts => new AccountRepository(Database);

    protected IConnectorRepository Connectors => new ConnectorRepository(Database);

    [OneTimeSetUp]
    public void Create() => _database = TDatabase.Create();

    [OneTimeTearDown]
    public void Drop() => _database?.Dispose();
}
