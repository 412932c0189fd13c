using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Payments.Domain;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Sqlite;

namespace Payments.Infrastructure.Tests.Sqlite;

/// <summary>Behavior of SQLite alone.</summary>
internal sealed class SqliteDatabaseTests
{
    // Only a power loss shows a missing flush; a killed process does not.
    [Test]
    public async Task WriteAsync_EachCommit_FlushesTheLog()
    {
        using var file = new SqliteTestDatabase();
        await file.Store.Database.WriteAsync("CREATE TABLE seen AS SELECT journal_mode || synchronous AS setting FROM pragma_journal_mode, pragma_synchronous", new { }, default);
        const int Full = 2;
        Assert.That(await file.Store.Database.QueryAsync<string>("SELECT setting FROM seen", null, default), Is.EqualTo((string[])[$"wal{Full}"]));
    }

    [Test]
    public async Task WriteAsync_FileLockedByOtherProcess_ThrowsUnavailableThenRecovers()
    {
        using var file = new SqliteTestDatabase();
        using var second = file.OpenAgain("Default Timeout=1");
        using (var other = new SqliteConnection($"Data Source={file.Path}"))
        {
            other.Open();
            using var transaction = other.BeginTransaction();
            await Assert.ThrowsAsync<UnavailableException>(() => second.Connectors.AddAsync(Sample.Connector(), default));
            Assert.That(await second.Connectors.ListAsync(default), Is.Empty, "readers do not wait");
        }

        Assert.That(await second.Connectors.AddAsync(Sample.Connector(), default), Is.True);
    }

    [Test]
    public async Task WriteAsync_CallerCancelsAfterQueuing_IsStored()
    {
        using var file = new SqliteTestDatabase();
        var connectors = file.Store.Connectors;
        var connector = Sample.Connector();
        using var caller = new CancellationTokenSource();
        Task<bool> adding;
        using (var other = new SqliteConnection($"Data Source={file.Path}"))
        {
            other.Open();
            using var transaction = other.BeginTransaction();
            adding = connectors.AddAsync(connector, caller.Token);
            await caller.CancelAsync();
        }

        Assert.That(await adding, Is.True);
        Assert.That(await connectors.ListAsync(default), Is.EqualTo(new[] { connector }));
        await Assert.ThrowsAsync<TaskCanceledException>(() => connectors.AddAsync(Sample.Connector(), caller.Token));
    }

    [Test]
    public async Task WriteAsync_TwoConcurrentProcesses_StoreAll()
    {
        using var file = new SqliteTestDatabase();
        using var other = file.OpenAgain();
        var connectors = Enumerable.Range(0, 400).Select(_ => Sample.Connector()).ToList();

        var added = await Task.WhenAll(connectors.Select((connector, i) =>
            Task.Run(() => (i % 2 == 0 ? file.Store : other).Connectors.AddAsync(connector, default))));

        Assert.That(added, Is.All.True);
        Assert.That(await file.Store.Connectors.ListAsync(default), Is.EquivalentTo(connectors));
    }

    [Test]
    public async Task WriteAsync_FileIsFull_WritesNothingThenRecovers()
    {
        using var file = new SqliteTestDatabase();
        var connector = Sample.Connector();
        await file.Store.Connectors.AddAsync(connector, default);
        var payments = file.Store.Payments;
        var large = Sample.Payment(connector.Id, raw: $$"""{"text":"{{new string('x', 200_000)}}"}""");

        // The limit belongs to the connection. SQLite raises a limit below the file's size to that size, so no page can be added.
        await file.Store.Database.WriteAsync("PRAGMA max_page_count = 1;", new { }, default);
        await Assert.ThrowsAsync<UnavailableException>(() => payments.AddAsync(large, default));
        Assert.That(await payments.FindAsync(large.Id, default), Is.Null);

        Assert.That(await payments.AddAsync(large, default), Is.True, "the writer opens a new connection");
    }

    [Test]
    public async Task WriteAsync_SecondStatementFails_RollsBackFirst()
    {
        using var file = new SqliteTestDatabase();
        var connector = Sample.Connector();
        await file.Store.Connectors.AddAsync(connector, default);

        await Assert.ThrowsAsync<SqliteException>(() => file.Store.Database.WriteAsync(
            "UPDATE connectors SET name = 'changed'; UPDATE connectors SET id_hash = NULL;", new { }, default));

        Assert.That(await file.Store.Connectors.ListAsync(default), Is.EqualTo(new[] { connector }));
    }

    [Test]
    public async Task QueryAsync_TooSlow_ThrowsAndLaterQueriesSucceed()
    {
        const string Endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n;";
        using var file = new SqliteTestDatabase();
        using var second = file.OpenAgain(configure: services => services.AddSingleton(provider =>
            new SqliteDatabase(provider.GetRequiredService<SqliteFile>(), new EventSignal()) { ReadLimit = TimeSpan.FromMilliseconds(50) }));
        await Assert.ThrowsAsync<UnavailableException>(() => second.Database.QueryAsync<long>(Endless, null, default));

        using var caller = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAsync<OperationCanceledException>(() => file.Store.Database.QueryAsync<long>(Endless, null, caller.Token));

        Assert.That(await file.Store.Database.QueryAsync<long>("SELECT 1;", null, default), Is.EqualTo((long[])[1]));
    }

    [Test]
    public async Task QueryAsync_DamagedFile_ThrowsUnavailable()
    {
        using var file = new SqliteTestDatabase();
        file.Store.Dispose();
        SqliteConnection.ClearAllPools();
        var bytes = await File.ReadAllBytesAsync(file.Path);
        const int Header = 100;
        bytes.AsSpan(Header).Fill(0xFF);
        await File.WriteAllBytesAsync(file.Path, bytes);
        using var damaged = file.OpenAgain();
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(() => damaged.Database.QueryAsync<long>("SELECT COUNT(*) FROM payments;", null, default));
        Assert.That(unavailable!.Message, Does.Contain("malformed"));
    }

    [Test]
    public async Task QueryAsync_SameQueryAgain_ReadsLaterCommits()
    {
        using var file = new SqliteTestDatabase();
        var database = file.Store.Database;
        await database.WriteAsync("CREATE TABLE seen (number INTEGER);", new { }, default);
        for (var number = 0; number < 3; number++)
        {
            await database.WriteAsync("INSERT INTO seen (number) VALUES (@number);", new { number }, default);
            Assert.That(
                await database.QueryAsync<long>("SELECT number FROM seen WHERE number >= @From ORDER BY number;", new { From = number - 1 }, default),
                Is.EqualTo(Enumerable.Range(0, number + 1).TakeLast(2)));
        }
    }

    [Test]
    public async Task QueryAsync_MoreQueriesThanCached_ReadsEach()
    {
        using var file = new SqliteTestDatabase();
        var padding = new string(' ', 10_000);
        for (var number = 0; number < 200; number++)
        {
            Assert.That(await file.Store.Database.QueryAsync<long>($"SELECT {number % 50}{padding};", null, default), Is.EqualTo((long[])[number % 50]));
        }
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void CreateIfMissing_NewFolder_IsPrivate()
    {
        using var folder = new TemporaryFolder();
        using var store = TestStore.OfSqlite(folder.Path, "data/payments.db");
        store.Schema.CreateIfMissing();
        Assert.That(PrivateFile.IsOpenToOthers(Path.Combine(folder.Path, "data")), Is.False);
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task CreateIfMissing_FolderOpenToAll_MakesPrivateFiles()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
        using var store = TestStore.OfSqlite(folder.Path);
        store.Schema.CreateIfMissing();
        await store.Database.QueryAsync<long>("SELECT COUNT(*) FROM payments;", null, default);
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.SupersetOf((string[])["payments.db", "payments.db-wal", "payments.db-shm"]));
        Assert.That(store.Schema.Paths.Where(PrivateFile.IsOpenToOthers), Is.EqualTo((string[])[folder.Path]), "the folder keeps its permissions");
    }
}
