using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Domain;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;

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
    private static readonly string[] Scripts = ["Sqlite/001-payments.sql", "Sqlite/002-accounts-list.sql", "Sqlite/003-payment-filters.sql", "Sqlite/004-write-probe.sql"];

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

    [Test]
    public async Task Migrate_OfPaymentsFromBeforeTheFilters_FindsThemByTheirReferenceAndMetadata()
    {
        using var database = new SqliteTestDatabase();
        var connector = Sample.Connector();
        await new ConnectorRepository(database.Database).AddAsync(connector, default);
        string[] texts = ["a", "a ", "\u00e9", "😀", "\"\\/", "nul\0nul", "\0", new string('x', 100)];
        var payments = new PaymentRepository(database.Database);
        foreach (var text in texts)
        {
            var payment = Sample.Payment(connector.Id, new string('r', 70) + $"😀{Array.IndexOf(texts, text)}", metadata: Metadata.Restore(new Dictionary<string, string> { [text] = text, ["none"] = "" }));
            Assert.That(await payments.AddAsync(payment, default), Is.True);
        }

        await payments.AddAsync(Sample.Payment(connector.Id, metadata: Metadata.Restore(texts.ToDictionary(text => text))), default);
        const string Derived =
            """
            SELECT hex(entry_hash) || created_at || payment FROM payment_metadata
            UNION ALL
            SELECT reference_start || sequence FROM payments
            ORDER BY 1
            """;
        using var connection = new SqliteConnection($"Data Source={database.Path}");
        var written = (await connection.QueryAsync<string>(Derived)).ToList();
        var indexes = await connection.QueryAsync<string>(
            "SELECT name FROM sqlite_schema WHERE name LIKE 'ix_payments_%' AND name NOT IN ('ix_payments_connector', 'ix_payments_created_at')");
        await connection.ExecuteAsync(
            $"""
            {string.Concat(indexes.Select(index => $"DROP INDEX {index};"))}
            ALTER TABLE payments DROP COLUMN reference_start;
            DROP TABLE payment_metadata;
            DROP TABLE numbers;
            DELETE FROM payments_schema_versions WHERE ScriptName = 'Sqlite/003-payment-filters.sql';
            """);

        new DatabaseSchema(database.Database).Migrate();

        Assert.That(await connection.QueryAsync<string>(Derived), Is.EqualTo(written).And.Count.GreaterThan(2 * texts.Length));
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
