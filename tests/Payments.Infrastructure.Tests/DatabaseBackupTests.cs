using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests;

internal sealed class DatabaseBackupTests
{
    private static readonly DateTimeOffset Now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private DirectoryInfo _folder = null!;
    private ConnectorId _connector = null!;

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("payments-");

    [TearDown]
    public void Delete()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Create_WhileOthersWrite_HasAllAcknowledgedBeforeAndWholePaymentsOnly()
    {
        using var service = await OpenAsync();
        using var import = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        var acknowledged = new ConcurrentBag<PaymentId>();
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var payments = new PaymentRepository(i % 2 == 0 ? service : import);
            while (!done.IsCancellationRequested)
            {
                // Enough for a copy of several steps.
                var payment = Sample.Payment(_connector, raw: $$"""{"text":"{{new string('x', 20_000)}}"}""");
                await payments.AddAsync(payment, default);
                acknowledged.Add(payment.Id);
            }
        })).ToList();
        while (acknowledged.Count < 1500)
        {
            await Task.Delay(1);
        }

        var before = acknowledged.ToList();
        var steps = new List<(long Done, long All)>();
        var count = new DatabaseBackup(service).Create(
            InFolder("backup.db"),
            (copied, all) =>
            {
                steps.Add((copied, all));
                Assert.That(steps, Has.Count.LessThan(100), "it begins anew again and again");
                SpinWait.SpinUntil(() => acknowledged.Count > before.Count + (100 * steps.Count));
            },
            default);
        await done.CancelAsync();
        await Task.WhenAll(writers);

        Assert.Multiple(() =>
        {
            Assert.That(steps, Has.Count.GreaterThan(1));
            Assert.That(steps.Select(step => step.Done), Is.Ordered.Ascending, "it began anew");
            Assert.That(steps.Select(step => step.All).Distinct().Count(), Is.EqualTo(1), "it ran after the file's growth");
            Assert.That(_folder.GetFiles("backup.db*").Select(file => file.Name), Is.EqualTo((string[])["backup.db"]));
        });
        using var copy = new SqliteDatabase("Data Source=backup.db", _folder.FullName);
        Assert.That(new DatabaseSchema(copy).MissingScripts(), Is.Empty);
        var stored = new PaymentRepository(copy);
        foreach (var id in before)
        {
            Assert.That(await stored.FindAsync(id, default), Is.Not.Null);
        }

        var counts = await copy.QueryAsync<long>(
            """
            SELECT COUNT(*) FROM payments
            UNION ALL SELECT COUNT(*) FROM payment_adjustments AS a INNER JOIN payments AS p ON p.sequence = a.payment
            """,
            null,
            default);
        Assert.That(counts, Is.EqualTo((long[])[count, count]));
    }

    [Test]
    public async Task Create_MakesAFileThatIsItsOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no Unix file modes.");
            return;
        }

        using var database = await OpenAsync();
        BackUp(database);
        Assert.That(File.GetUnixFileMode(InFolder("backup.db")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task Create_WhereAFileIs_LeavesIt()
    {
        using var database = await OpenAsync();
        await File.WriteAllTextAsync(InFolder("backup.db"), "precious");
        Assert.That(() => BackUp(database), Throws.InstanceOf<IOException>().With.Message.Contains("is there already"));
        Assert.That(await File.ReadAllTextAsync(InFolder("backup.db")), Is.EqualTo("precious"));
    }

    [Test]
    public void Create_WhenThereIsNoDatabase_MakesNone()
    {
        using var database = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        Assert.That(() => BackUp(database), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(_folder.GetFiles(), Is.Empty);
    }

    [Test]
    public async Task Create_OfADamagedDatabase_SaysSoAndLeavesNothing()
    {
        await MakeAsync();
        Damage();
        using var database = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        Assert.That(() => BackUp(database), Throws.TypeOf<InvalidDataException>().With.Message.Contains("payments.db is damaged: "));
        Assert.That(_folder.GetFiles().Select(file => file.Name), Is.EqualTo((string[])["payments.db"]));
    }

    [Test]
    public async Task Create_WhenStopped_LeavesNothing()
    {
        using var database = await OpenAsync();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.That(() => new DatabaseBackup(database).Create(InFolder("backup.db"), (_, _) => { }, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_folder.GetFiles("backup*"), Is.Empty);
    }

    [Test]
    public void Create_OfSqlServer_NamesItsOwnBackUp() =>
        Assert.That(() => new DatabaseBackup(new SqlServerDatabase("Server=db")), Throws.TypeOf<StartupException>().With.Message.Contains("BACKUP DATABASE"));

    [Test]
    public async Task Restore_PutsTheDatabaseBackAndKeepsWhatWasThere()
    {
        PaymentId early, late;
        using (var database = await OpenAsync())
        {
            early = await AddAsync(database);
            BackUp(database);
            late = await AddAsync(database);
        }

        using var restored = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        var (payments, kept) = Restore(restored);

        Assert.That((payments, Path.GetFileName(kept)), Is.EqualTo((1, "payments.db.replaced-20240501T120000Z")));
        await AssertHasAsync(restored, early, late: null);
        Assert.That(await new PaymentRepository(restored).FindAsync(late, default), Is.Null);
        await AddAsync(restored);
        using var replaced = new SqliteDatabase($"Data Source={kept}", _folder.FullName);
        await AssertHasAsync(replaced, early, late);
        Assert.That(File.Exists(InFolder("backup.db")), Is.True);
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(InFolder("payments.db")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Restore_AfterACrash_TakesTheLogOfTheOldDatabaseWithIt()
    {
        using (var database = await OpenAsync())
        {
            BackUp(database);
            var late = await AddAsync(database);

            // As a kill leaves it: what was committed is in the log.
            foreach (var part in (string[])["", "-wal"])
            {
                File.Copy(InFolder("payments.db") + part, InFolder("crashed.db") + part);
            }

            using var crashed = new SqliteDatabase("Data Source=crashed.db", _folder.FullName);
            Assert.That(new FileInfo(InFolder("crashed.db-wal")).Length, Is.Positive);
            var (_, kept) = Restore(crashed);

            Assert.That(await crashed.QueryAsync<long>("SELECT COUNT(*) FROM payments", null, default), Is.EqualTo((long[])[0]));
            using var replaced = new SqliteDatabase($"Data Source={kept}", _folder.FullName);
            Assert.That(await new PaymentRepository(replaced).FindAsync(late, default), Is.Not.Null);
        }
    }

    [Test]
    public async Task Restore_WhileAServiceUsesTheFile_RefusesAndChangesNothing()
    {
        using var service = await OpenAsync();
        BackUp(service);
        var late = await AddAsync(service);
        using var database = new SqliteDatabase("Data Source=payments.db", _folder.FullName);

        Assert.That(() => Restore(database), Throws.InstanceOf<IOException>().With.Message.Contains("Stop the service"));

        Assert.That(await new PaymentRepository(service).FindAsync(late, default), Is.Not.Null);
        await AddAsync(service);
        Assert.That(_folder.GetFiles("*.replaced*"), Is.Empty);
        Assert.That(_folder.GetFiles("*.part"), Is.Empty);
    }

    [Test]
    public async Task Restore_OverADamagedDatabase_KeepsIt()
    {
        using (var database = await OpenAsync())
        {
            BackUp(database);
        }

        await File.WriteAllTextAsync(InFolder("payments.db"), new string('x', 5000));
        await File.WriteAllTextAsync(InFolder("payments.db-wal"), "what is left of a log");
        using var restored = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        var (_, kept) = Restore(restored);
        await AddAsync(restored);
        Assert.That(await File.ReadAllTextAsync(kept!), Is.EqualTo(new string('x', 5000)));
    }

    [Test]
    public async Task Restore_WhereNothingWas_PutsItThere()
    {
        using (var database = await OpenAsync())
        {
            BackUp(database);
        }

        using var elsewhere = new SqliteDatabase("Data Source=new/payments.db", _folder.FullName);
        Assert.That(Restore(elsewhere), Is.EqualTo((0L, (string?)null)));
        Assert.That(new DatabaseSchema(elsewhere).MissingScripts(), Is.Empty);
    }

    [TestCase("damaged", "is damaged: ")]
    [TestCase("picture", "is damaged or no database")]
    [TestCase("another", "is no database of payments")]
    [TestCase("newer", "of a newer version of the service, whose schema has Sqlite/999-later.sql")]
    [TestCase("none", "There is no back-up")]
    public async Task Restore_OfWhatIsNoBackUp_RefusesAndChangesNothing(string kind, string message)
    {
        await MakeAsync();
        using (var database = new SqliteDatabase("Data Source=payments.db", _folder.FullName))
        {
            BackUp(database);
        }

        var file = InFolder("backup.db");
        switch (kind)
        {
            case "damaged":
                Damage("backup.db");
                break;
            case "another":
                File.Delete(file);
                using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
                {
                    await connection.ExecuteAsync("CREATE TABLE notes (words TEXT)");
                }

                break;
            case "picture":
                await File.WriteAllTextAsync(file, "a picture of a database");
                break;
            case "newer":
                using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
                {
                    await connection.ExecuteAsync("INSERT INTO payments_schema_versions (ScriptName, Applied) VALUES ('Sqlite/999-later.sql', '2030-01-01')");
                }

                break;
            default:
                File.Delete(file);
                break;
        }

        using var current = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        Assert.That(() => Restore(current), Throws.InstanceOf<Exception>().With.Message.Contains(message));
        Assert.That(await new ConnectorRepository(current).ListAsync(default), Has.Count.EqualTo(1));
        Assert.That(_folder.GetFiles().Select(found => found.Name).Except(["backup.db"]), Has.All.StartsWith("payments.db").And.None.Contains("replaced").And.None.Contains("part"));
    }

    private string InFolder(string file) => Path.Combine(_folder.FullName, file);

    private async Task<SqliteDatabase> OpenAsync()
    {
        var database = new SqliteDatabase("Data Source=payments.db", _folder.FullName);
        new DatabaseSchema(database).Migrate();
        var connector = Sample.Connector();
        _connector = connector.Id;
        await new ConnectorRepository(database).AddAsync(connector, default);
        return database;
    }

    private async Task MakeAsync()
    {
        using (await OpenAsync())
        {
        }

        SqliteConnection.ClearAllPools();
    }

    // A page of an index is no page any more.
    private void Damage(string file = "payments.db")
    {
        long page;
        using (var connection = new SqliteConnection($"Data Source={InFolder(file)};Pooling=False"))
        {
            page = connection.ExecuteScalar<long>("SELECT rootpage FROM sqlite_schema WHERE name = 'ix_payments_type'");
        }

        using var pages = new FileStream(InFolder(file), FileMode.Open);
        pages.Position = (page - 1) * 4096;
        pages.Write(new byte[100]);
    }

    private async Task<PaymentId> AddAsync(SqliteDatabase database)
    {
        var payment = Sample.Payment(_connector);
        Assert.That(await new PaymentRepository(database).AddAsync(payment, default), Is.True);
        return payment.Id;
    }

    private static async Task AssertHasAsync(SqliteDatabase database, PaymentId early, PaymentId? late)
    {
        var payments = new PaymentRepository(database);
        Assert.That(await payments.FindAsync(early, default), Is.Not.Null);
        if (late is not null)
        {
            Assert.That(await payments.FindAsync(late, default), Is.Not.Null);
        }
    }

    private void BackUp(SqliteDatabase database) => new DatabaseBackup(database).Create(InFolder("backup.db"), (_, _) => { }, default);

    private (long Payments, string? Kept) Restore(SqliteDatabase database)
    {
        // The connections of readers that are gone.
        SqliteConnection.ClearAllPools();
        return new DatabaseBackup(database).Restore(InFolder("backup.db"), Now, (_, _) => { }, default);
    }
}
