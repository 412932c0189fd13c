using Microsoft.Data.Sqlite;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
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

/// <summary>A new database on a SQL Server; without one, the tests are skipped and say so.</summary>
internal sealed class SqlServerTestDatabase : ITestDatabase
{
    private readonly NewSqlServerDatabase _new = new();
    private readonly SqlServerDatabase _database;

    private SqlServerTestDatabase()
    {
        _database = new SqlServerDatabase(_new.ConnectionString);
        try
        {
            new DatabaseSchema(_database).Migrate();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IDatabase Database => _database;

    public static ITestDatabase Create()
    {
        if (NewSqlServerDatabase.Server is null)
        {
            Assert.Ignore(NewSqlServerDatabase.Missing);
        }

        return new SqlServerTestDatabase();
    }

    public void Dispose()
    {
        _database.Dispose();
        _new.Dispose();
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
