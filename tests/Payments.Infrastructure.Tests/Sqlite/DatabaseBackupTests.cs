using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests.Sqlite;

internal sealed class DatabaseBackupTests
{
    private TemporaryFolder _folder = null!;
    private ConnectorId _connector = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Create_DuringWrites_HasEveryAcknowledgedPaymentComplete()
    {
        using var service = await CreateStoreAsync();
        using var import = Open();
        var acknowledged = new ConcurrentBag<PaymentId>();
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var payments = (i % 2 == 0 ? service : import).Payments;
            while (!done.IsCancellationRequested)
            {
                // Large enough that the copy has several steps.
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
        var count = service.Backup.Create(
            InFolder("backup.db"),
            (copied, all) =>
            {
                steps.Add((copied, all));
                Assert.That(steps, Has.Count.LessThan(100), "it restarts again and again");
                SpinWait.SpinUntil(() => acknowledged.Count > before.Count + (100 * steps.Count));
            },
            default);
        await done.CancelAsync();
        await Task.WhenAll(writers);

        Assert.Multiple(() =>
        {
            Assert.That(steps, Has.Count.GreaterThan(1));
            Assert.That(steps.Select(step => step.Done), Is.Ordered.Ascending, "it restarted");
            Assert.That(steps.Select(step => step.All).Distinct().Count(), Is.EqualTo(1), "it followed the growth of the file");
            Assert.That(Files("backup.db*"), Is.EqualTo((string[])["backup.db"]));
        });
        using var copy = Open("backup.db");
        Assert.That(copy.Schema.FindFault(), Is.Null);
        foreach (var id in before)
        {
            Assert.That(await copy.Payments.FindAsync(id, default), Is.Not.Null);
        }

        var counts = await copy.Database.QueryAsync<long>(
            """
            SELECT COUNT(*) FROM payments
            UNION ALL SELECT COUNT(*) FROM payment_adjustments AS a INNER JOIN payments AS p ON p.sequence = a.payment
            """,
            null,
            default);
        Assert.That(counts, Is.EqualTo((long[])[count, count]));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task Create_NewFile_IsPrivate()
    {
        using var database = await CreateStoreAsync();
        BackUp(database);
        Assert.That(File.GetUnixFileMode(InFolder("backup.db")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task Create_FileExists_ThrowsAndKeepsFile()
    {
        using var database = await CreateStoreAsync();
        await File.WriteAllTextAsync(InFolder("backup.db"), "precious");
        Assert.That(() => BackUp(database), Throws.InstanceOf<IOException>().With.Message.Contains("already exists"));
        Assert.That(await File.ReadAllTextAsync(InFolder("backup.db")), Is.EqualTo("precious"));
    }

    [Test]
    public void Create_NoDatabase_ThrowsAndCreatesNothing()
    {
        using var database = Open();
        Assert.That(() => BackUp(database), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(Files(), Is.Empty);
    }

    [Test]
    public async Task Create_DamagedDatabase_ThrowsAndLeavesNoFile()
    {
        (await CreateStoreAsync()).Dispose();
        SqliteConnection.ClearAllPools();
        Damage();
        using var database = Open();
        Assert.That(() => BackUp(database), Throws.TypeOf<InvalidDataException>().With.Message.Contains("payments.db is damaged: "));
        Assert.That(Files(), Is.EqualTo((string[])["payments.db"]));
    }

    [Test]
    public async Task Create_Canceled_LeavesNoFile()
    {
        using var database = await CreateStoreAsync();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.That(() => database.Backup.Create(InFolder("backup.db"), (_, _) => { }, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Files("backup*"), Is.Empty);
    }

    [Test]
    public void Backup_SqlServer_ThrowsNamingItsCommands()
    {
        using var store = TestStore.OfSqlServer("Server=db");
        Assert.That(() => store.Backup, Throws.TypeOf<StartupException>().With.Message.Contains("BACKUP DATABASE"));
    }

    [Test]
    public async Task Restore_Backup_ReplacesDatabaseAndKeepsOldFile()
    {
        PaymentId early, late;
        using (var database = await CreateStoreAsync())
        {
            early = await AddAsync(database);
            BackUp(database);
            late = await AddAsync(database);
        }

        using var restored = Open();
        var (payments, kept) = Restore(restored);

        Assert.That((payments, Path.GetFileName(kept)), Is.EqualTo((1, "payments.db.replaced-20240501T120000Z")));
        Assert.That(await restored.Payments.FindAsync(early, default), Is.Not.Null);
        Assert.That(await restored.Payments.FindAsync(late, default), Is.Null);
        await AddAsync(restored);
        using var replaced = Open(kept!);
        Assert.That(await replaced.Payments.FindAsync(late, default), Is.Not.Null);
        Assert.That(File.Exists(InFolder("backup.db")), Is.True);
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(InFolder("payments.db")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Restore_AfterCrash_MovesOldLogAway()
    {
        using (var database = await CreateStoreAsync())
        {
            BackUp(database);
            var late = await AddAsync(database);

            // As after a kill: the commits are in the log.
            foreach (var part in (string[])["", "-wal"])
            {
                File.Copy(InFolder("payments.db") + part, InFolder("crashed.db") + part);
            }

            using var crashed = Open("crashed.db");
            Assert.That(new FileInfo(InFolder("crashed.db-wal")).Length, Is.Positive);
            var (_, kept) = Restore(crashed);

            Assert.That(await crashed.Database.QueryAsync<long>("SELECT COUNT(*) FROM payments", null, default), Is.EqualTo((long[])[0]));
            using var replaced = Open(kept!);
            Assert.That(await replaced.Payments.FindAsync(late, default), Is.Not.Null);
        }
    }

    [Test]
    public async Task Restore_FileInUse_ThrowsAndChangesNothing()
    {
        using var service = await CreateStoreAsync();
        BackUp(service);
        var late = await AddAsync(service);
        using var database = Open();

        Assert.That(() => Restore(database), Throws.InstanceOf<IOException>().With.Message.Contains("Stop the service"));

        Assert.That(await service.Payments.FindAsync(late, default), Is.Not.Null);
        await AddAsync(service);
        Assert.That(Files("*.replaced*"), Is.Empty);
        Assert.That(Files("*.part"), Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Restore_LastMoveFails_KeepsOldDatabase(bool isPlaceTaken)
    {
        PaymentId late;
        using (var database = await CreateStoreAsync())
        {
            BackUp(database);
            late = await AddAsync(database);
        }

        SqliteConnection.ClearAllPools();
        using var current = Open();
        var backup = current.Backup;
        backup.Move = (from, to) =>
        {
            if (from.EndsWith(".part", StringComparison.Ordinal))
            {
                if (isPlaceTaken)
                {
                    File.WriteAllText(to, "another file");
                }

                throw new IOException("No space.");
            }

            File.Move(from, to);
        };
        var replaced = InFolder("payments.db.replaced-20240501T120000Z");
        var e = Assert.Throws<IOException>(() => backup.Restore(InFolder("backup.db"), Sample.Now, (_, _) => { }, default));

        Assert.That(e!.Message, isPlaceTaken ? Does.Contain($"The database is now {replaced}.") : Is.EqualTo("No space."));
        Assert.That(Files(), Is.EquivalentTo(
            isPlaceTaken ? (string[])["backup.db", "payments.db", Path.GetFileName(replaced)] : ["backup.db", "payments.db"]));
        using var old = Open(isPlaceTaken ? replaced : "payments.db");
        Assert.That(await old.Payments.FindAsync(late, default), Is.Not.Null);
    }

    [Test]
    public async Task Restore_ServiceCreatesDatabaseDuringCopy_ThrowsAndKeepsIt()
    {
        using (var database = await CreateStoreAsync())
        {
            BackUp(database);
        }

        using var elsewhere = Open("new/payments.db");
        Assert.That(
            () => elsewhere.Backup.Restore(InFolder("backup.db"), Sample.Now, (_, _) => File.WriteAllText(InFolder("new/payments.db"), "created"), default),
            Throws.InstanceOf<IOException>().With.Message.Contains("Stop the service"));
        Assert.That(await File.ReadAllTextAsync(InFolder("new/payments.db")), Is.EqualTo("created"));
    }

    [Test]
    public async Task Restore_DamagedDatabase_KeepsItsFile()
    {
        using (var database = await CreateStoreAsync())
        {
            BackUp(database);
        }

        await File.WriteAllTextAsync(InFolder("payments.db"), new string('x', 5000));
        await File.WriteAllTextAsync(InFolder("payments.db-wal"), "the rest of a log");
        using var restored = Open();
        var (_, kept) = Restore(restored);
        await AddAsync(restored);
        Assert.That(await File.ReadAllTextAsync(kept!), Is.EqualTo(new string('x', 5000)));
    }

    [Test]
    public async Task Restore_NoDatabase_CreatesIt()
    {
        using (var database = await CreateStoreAsync())
        {
            BackUp(database);
        }

        using var elsewhere = Open("new/payments.db");
        Assert.That(Restore(elsewhere), Is.EqualTo((0L, (string?)null)));
        Assert.That(elsewhere.Schema.FindFault(), Is.Null);
    }

    [TestCase("damaged", "is damaged: ")]
    [TestCase("not a database", "is damaged or not a database")]
    [TestCase("other database", "is not a payments database")]
    [TestCase("other version", "Another version of the service created ")]
    [TestCase("missing", "There is no backup")]
    public async Task Restore_UnusableBackup_ThrowsAndChangesNothing(string kind, string message)
    {
        using (var database = await CreateStoreAsync())
        {
            BackUp(database);
        }

        var file = InFolder("backup.db");
        switch (kind)
        {
            case "damaged":
                Damage("backup.db");
                break;
            case "not a database":
                await File.WriteAllTextAsync(file, "a text");
                break;
            case "other database":
                File.Delete(file);
                Execute("CREATE TABLE notes (words TEXT)");
                break;
            case "other version":
                Execute("UPDATE payments_schema SET sha256 = 'other'");
                break;
            default:
                File.Delete(file);
                break;
        }

        using var current = Open();
        Assert.That(() => Restore(current), Throws.InstanceOf<Exception>().With.Message.Contains(message));
        Assert.That(await current.Connectors.ListAsync(default), Has.Count.EqualTo(1));
        Assert.That(Files().Except(["backup.db"]), Has.All.StartsWith("payments.db").And.None.Contains("replaced").And.None.Contains("part"));

        void Execute(string statement)
        {
            using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
            connection.Execute(statement);
        }
    }

    private string InFolder(string file) => Path.Combine(_folder.Path, file);

    private string[] Files(string pattern = "*") => [.. Directory.GetFiles(_folder.Path, pattern).Select(file => Path.GetFileName(file))];

    private TestStore Open(string file = "payments.db") => TestStore.OfSqlite(_folder.Path, file);

    private async Task<TestStore> CreateStoreAsync()
    {
        var store = Open();
        store.Schema.CreateIfMissing();
        var connector = Sample.Connector();
        _connector = connector.Id;
        await store.Connectors.AddAsync(connector, default);
        return store;
    }

    // Overwrites the start of an index page.
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

    private async Task<PaymentId> AddAsync(TestStore store)
    {
        var payment = Sample.Payment(_connector);
        Assert.That(await store.Payments.AddAsync(payment, default), Is.True);
        return payment.Id;
    }

    private void BackUp(TestStore store) => store.Backup.Create(InFolder("backup.db"), (_, _) => { }, default);

    private (long Payments, string? Kept) Restore(TestStore store)
    {
        // A pooled connection keeps the file open.
        SqliteConnection.ClearAllPools();
        return store.Backup.Restore(InFolder("backup.db"), Sample.Now, (_, _) => { }, default);
    }
}
