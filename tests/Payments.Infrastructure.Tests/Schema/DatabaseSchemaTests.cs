using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests.Schema;

internal sealed class DatabaseSchemaTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    [Test]
    public void CreateIfMissing_SchemaIsCurrent_ChangesNothing() => Assert.Multiple(() =>
    {
        Assert.That(Store.Schema.FindFault(), Is.Null);
        Assert.That(Store.Schema.CreateIfMissing(), Is.False);
    });
}

internal sealed class SqliteSchemaTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task CreateIfMissing_EightConcurrentInstances_OneCreatesIt()
    {
        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            using var store = Open();
            return store.Schema.CreateIfMissing();
        })));
        Assert.That(created.Count(isCreated => isCreated), Is.EqualTo(1));
    }

    // The script and the statement that the message names must work.
    [Test]
    public void FindFault_NewFile_NamesScriptAndStatementThatCreateIt()
    {
        using var store = Open();
        var fault = store.Schema.FindFault()!;
        Assert.That(fault, Does.Contain("Database:MigrateOnStart=true").And.Contain("run src/Payments.Infrastructure/Sqlite/schema.sql and then: "));

        using var script = new StreamReader(typeof(DependencyInjection).Assembly.GetManifestResourceStream("Sqlite/schema.sql")!);
        Execute(script.ReadToEnd());
        var insert = fault[fault.IndexOf("INSERT", StringComparison.Ordinal)..];
        Assert.That(store.Schema.FindFault(), Does.StartWith("The table payments_schema is empty.").And.EndWith($"run: {insert}"));
        Assert.That(store.Schema.CreateIfMissing, Throws.TypeOf<StartupException>().With.Message.StartsWith("The table payments_schema is empty."));
        Execute(insert);
        Assert.That(store.Schema.FindFault(), Is.Null);
    }

    [TestCase("UPDATE payments_schema SET sha256 = 'other'")]
    [TestCase("CREATE TABLE payments_schema_versions (ScriptName TEXT)")]
    public void CreateIfMissing_DatabaseOfOtherVersion_ThrowsNamingExport(string change)
    {
        using (var store = Open())
        {
            store.Schema.CreateIfMissing();
        }

        Execute(change);
        using var later = Open();
        Assert.Multiple(() =>
        {
            Assert.That(
                later.Schema.CreateIfMissing,
                Throws.TypeOf<StartupException>().With.Message.StartsWith("Another development version of the service created this database. Export"));
            Assert.That(later.Schema.FindFault(), Does.StartWith("Another development version"));
        });
    }

    [Test]
    public void CreateIfMissing_ScriptFails_LeavesNoTable()
    {
        using var store = Open();
        Execute("CREATE TABLE write_probe (number INTEGER)");
        Assert.That(store.Schema.CreateIfMissing, Throws.TypeOf<SqliteException>().With.Message.Contains("write_probe already exists"));
        Assert.That(store.Schema.FindFault(), Does.StartWith("The database has no schema."));
    }

    private TestStore Open() => TestStore.OfSqlite(_folder.Path, "new/payments.db");

    private void Execute(string statements)
    {
        using var connection = new SqliteConnection($"Data Source={Directory.CreateDirectory(Path.Combine(_folder.Path, "new")).FullName}/payments.db;Pooling=False");
        connection.Execute(statements);
    }
}
