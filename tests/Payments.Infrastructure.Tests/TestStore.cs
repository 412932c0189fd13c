using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Sqlite;

namespace Payments.Infrastructure.Tests;

/// <summary>The repositories of one database, built as the service builds them.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly IHost _host;

    /// <param name="folder">The content root.</param>
    /// <param name="settings">The settings under <c>Database</c>.</param>
    /// <param name="configure">Replaces services.</param>
    public TestStore(string folder, IEnumerable<(string Key, string? Value)> settings, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = folder });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Database:{setting.Key}", setting.Value)));
        builder.Services.AddInfrastructure();
        configure?.Invoke(builder.Services);
        _host = builder.Build();
    }

    public IDatabase Database => Get<IDatabase>();

    public DatabaseSchema Schema => Get<DatabaseSchema>();

    public DatabaseBackup Backup => Get<DatabaseBackup>();

    public IPaymentRepository Payments => Get<IPaymentRepository>();

    public IPaymentReader Reader => Get<IPaymentReader>();

    public IAccountRepository Accounts => Get<IAccountRepository>();

    public IConnectorRepository Connectors => Get<IConnectorRepository>();

    public static TestStore OfSqlite(string folder, string file = "payments.db", Action<IServiceCollection>? configure = null) =>
        new(folder, [("ConnectionString", $"Data Source={file}")], configure);

    public static TestStore OfSqlServer(string connectionString, Action<IServiceCollection>? configure = null) =>
        new("/", [("Provider", "SqlServer"), ("ConnectionString", connectionString)], configure);

    public async Task<Page<Payment>> ListPaymentsAsync(PaymentFilter filter, PageRequest request, CancellationToken cancellationToken)
    {
        return await Reader.ListAsync(filter, request, payment => payment.ToPayment(), cancellationToken);
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public void Dispose() => _host.Dispose();
}

/// <summary>A new database with the schema, which the tests of one fixture share.</summary>
internal interface ITestDatabase : IDisposable
{
    /// <summary>Creates the database, or skips the fixture if there is no server for it.</summary>
    static abstract ITestDatabase Create();

    TestStore Store { get; }
}

/// <summary>A new SQLite file.</summary>
internal sealed class SqliteTestDatabase : ITestDatabase
{
    private readonly TemporaryFolder _folder = new();

    public SqliteTestDatabase()
    {
        Store = TestStore.OfSqlite(_folder.Path);
        Store.Schema.CreateIfMissing();
    }

    public TestStore Store { get; }

    public string Path => System.IO.Path.Combine(_folder.Path, "payments.db");

    public static ITestDatabase Create() => new SqliteTestDatabase();

    /// <summary>The same file, as another process would open it.</summary>
    public TestStore OpenAgain(string settings = "", Action<IServiceCollection>? configure = null) =>
        TestStore.OfSqlite(_folder.Path, $"payments.db;{settings}", configure);

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A new database on a SQL Server; without a server, the tests are skipped.</summary>
internal sealed class SqlServerTestDatabase : ITestDatabase
{
    private readonly NewSqlServerDatabase _new = new();

    private SqlServerTestDatabase()
    {
        Store = TestStore.OfSqlServer(_new.ConnectionString);
        try
        {
            Store.Schema.CreateIfMissing();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TestStore Store { get; }

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
        Store.Dispose();
        _new.Dispose();
    }
}

/// <summary>Tests that run on each database.</summary>
[TestFixture(typeof(SqliteTestDatabase))]
[TestFixture(typeof(SqlServerTestDatabase))]
internal abstract class DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private ITestDatabase? _database;

    protected ITestDatabase TestDatabase => _database!;

    protected TestStore Store => _database!.Store;

    protected IDatabase Database => Store.Database;

    protected IPaymentRepository Payments => Store.Payments;

    protected IAccountRepository Accounts => Store.Accounts;

    protected IConnectorRepository Connectors => Store.Connectors;

    [OneTimeSetUp]
    public void Create() => _database = TDatabase.Create();

    /// <summary>Uses another database than that of the fixture.</summary>
    protected void Use(ITestDatabase database) => _database = database;

    [OneTimeTearDown]
    public void Drop() => _database?.Dispose();
}
