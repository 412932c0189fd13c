namespace Payments.Infrastructure.Tests;

internal sealed class DatabaseSchemaTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    [Test]
    public void Migrate_WhenCurrent_AppliesNothing()
    {
        var schema = new DatabaseSchema(Database);
        Assert.Multiple(() =>
        {
            Assert.That(schema.MissingScripts(), Is.Empty);
            Assert.That(schema.Migrate(), Is.Empty);
        });
    }
}

internal sealed class SqliteSchemaTests
{
    private static readonly string[] Scripts = ["Sqlite/001-payments.sql", "Sqlite/002-accounts-list.sql", "Sqlite/003-payment-filters.sql"];

    [Test]
    public void MissingScripts_WhenTheFileIsNew_NamesEveryScriptInOrder()
    {
        using var database = new EmptySqlite();
        Assert.That(new DatabaseSchema(database.Open()).MissingScripts(), Is.EqualTo(Scripts));
    }

    [Test]
    public async Task Migrate_WhenEightInstancesStartTogether_AppliesEachScriptOnce()
    {
        using var database = new EmptySqlite();
        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            using var instance = database.Open();
            return new DatabaseSchema(instance).Migrate();
        })));
        Assert.That(applied.SelectMany(scripts => scripts), Is.EqualTo(Scripts));
    }

    private sealed class EmptySqlite : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("payments-");

        public Sqlite.SqliteDatabase Open() => new("Data Source=new/payments.db", _folder.FullName);

        public void Dispose()
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            _folder.Delete(recursive: true);
        }
    }
}
