using Microsoft.Data.Sqlite;
using Payments.Domain;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;

namespace Payments.Infrastructure.Tests;

/// <summary>What only SQLite can be made to do on any machine.</summary>
internal sealed class SqliteDatabaseTests
{
    // What a killed process cannot show: only a machine that loses its power would.
    [Test]
    public async Task WriteAsync_FlushesTheLogAtEachCommit()
    {
        using var database = new SqliteTestDatabase();
        await database.Database.WriteAsync("CREATE TABLE seen AS SELECT journal_mode || synchronous AS setting FROM pragma_journal_mode, pragma_synchronous", new { }, default);
        const int Full = 2;
        Assert.That(await database.Database.QueryAsync<string>("SELECT setting FROM seen", null, default), Is.EqualTo((string[])[$"wal{Full}"]));
    }

    [Test]
    public async Task WriteAsync_WhenAnotherProcessHoldsTheFile_IsUnavailableAndThenRecovers()
    {
        using var database = new SqliteTestDatabase();
        using var impatient = database.Open(timeoutSeconds: 1);
        var connectors = new ConnectorRepository(impatient);
        using (var other = new SqliteConnection($"Data Source={database.Path}"))
        {
            other.Open();
            using var transaction = other.BeginTransaction();
            await Assert.ThrowsAsync<UnavailableException>(() => connectors.AddAsync(Sample.Connector(), default));
            Assert.That(await connectors.ListAsync(default), Is.Empty, "readers do not wait");
        }

        Assert.That(await connectors.AddAsync(Sample.Connector(), default), Is.True);
    }

    [Test]
    public async Task WriteAsync_WhenItsCallerGivesUp_IsStoredAllTheSame()
    {
        using var database = new SqliteTestDatabase();
        var connector = Sample.Connector();
        using var caller = new CancellationTokenSource();
        Task<bool> adding;
        using (var other = new SqliteConnection($"Data Source={database.Path}"))
        {
            other.Open();
            using var transaction = other.BeginTransaction();
            adding = new ConnectorRepository(database.Database).AddAsync(connector, caller.Token);
            await caller.CancelAsync();
        }

        Assert.That(await adding, Is.True);
        Assert.That(await new ConnectorRepository(database.Database).ListAsync(default), Is.EqualTo(new[] { connector }));
        await Assert.ThrowsAsync<TaskCanceledException>(() => new ConnectorRepository(database.Database).AddAsync(Sample.Connector(), caller.Token));
    }

    [Test]
    public async Task WriteAsync_WhenTwoProcessesWriteAtOnce_StoresAll()
    {
        using var database = new SqliteTestDatabase();
        using var other = database.Open();
        var connectors = Enumerable.Range(0, 400).Select(_ => Sample.Connector()).ToList();

        var added = await Task.WhenAll(connectors.Select((connector, i) =>
            Task.Run(() => new ConnectorRepository(i % 2 == 0 ? database.Database : other).AddAsync(connector, default))));

        Assert.That(added, Is.All.True);
        Assert.That(await new ConnectorRepository(database.Database).ListAsync(default), Is.EquivalentTo(connectors));
    }

    [Test]
    public async Task WriteAsync_WhenTheFileIsFull_IsUnavailableHalfWritesNothingAndThenRecovers()
    {
        using var database = new SqliteTestDatabase();
        var connector = Sample.Connector();
        await new ConnectorRepository(database.Database).AddAsync(connector, default);
        var payments = new PaymentRepository(database.Database);
        var large = Sample.Payment(connector.Id, raw: $$"""{"text":"{{new string('x', 200_000)}}"}""");

        await SetMaxPagesAsync(1);
        await Assert.ThrowsAsync<UnavailableException>(() => payments.AddAsync(large, default));
        Assert.That(await payments.FindAsync(large.Id, default), Is.Null);

        Assert.That(await payments.AddAsync(large, default), Is.True, "the connection that failed is not used again");

        // The limit is the connection's own, and below the file's size it is raised to that size: no page can be added.
        Task SetMaxPagesAsync(int pages) => database.Database.WriteAsync($"PRAGMA max_page_count = {pages};", new { }, default);
    }

    [Test]
    public async Task WriteAsync_WhenASecondStatementFails_TakesTheFirstBack()
    {
        using var database = new SqliteTestDatabase();
        var connector = Sample.Connector();
        await new ConnectorRepository(database.Database).AddAsync(connector, default);

        await Assert.ThrowsAsync<SqliteException>(() => database.Database.WriteAsync(
            "UPDATE connectors SET name = 'changed'; UPDATE connectors SET id_hash = NULL;", new { }, default));

        Assert.That(await new ConnectorRepository(database.Database).ListAsync(default), Is.EqualTo(new[] { connector }));
    }

    [Test]
    public async Task QueryAsync_WhenItTakesTooLong_EndsAndTheDatabaseIsReadOn()
    {
        const string Endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n;";
        using var file = new SqliteTestDatabase();
        using var database = new Sqlite.SqliteDatabase($"Data Source={file.Path}", "/") { ReadLimit = TimeSpan.FromMilliseconds(50) };
        await Assert.ThrowsAsync<UnavailableException>(() => database.QueryAsync<long>(Endless, null, default));

        using var patient = new Sqlite.SqliteDatabase($"Data Source={file.Path}", "/");
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAsync<OperationCanceledException>(() => patient.QueryAsync<long>(Endless, null, gone.Token));

        Assert.That(await patient.QueryAsync<long>("SELECT 1;", null, default), Is.EqualTo((long[])[1]));
    }

    // A disk that fails gives back something else than what it was given.
    [Test]
    public async Task QueryAsync_OfADamagedFile_IsUnavailable()
    {
        var folder = Directory.CreateTempSubdirectory("payments-");
        using (var database = new Sqlite.SqliteDatabase("Data Source=payments.db", folder.FullName))
        {
            new DatabaseSchema(database).Migrate();
        }

        SqliteConnection.ClearAllPools();
        var file = Path.Combine(folder.FullName, "payments.db");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes.AsSpan(100).Fill(0xFF); // behind the header
        await File.WriteAllBytesAsync(file, bytes);
        using (var database = new Sqlite.SqliteDatabase("Data Source=payments.db", folder.FullName))
        {
            var unavailable = await Assert.ThrowsAsync<UnavailableException>(() => database.QueryAsync<long>("SELECT COUNT(*) FROM payments;", null, default));
            Assert.That(unavailable!.Message, Does.Contain("malformed"));
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Test]
    public async Task QueryAsync_OfAQueryThatIsKept_SeesWhatWasCommittedSince()
    {
        using var database = new SqliteTestDatabase();
        await database.Database.WriteAsync("CREATE TABLE seen (number INTEGER);", new { }, default);
        for (var number = 0; number < 3; number++)
        {
            await database.Database.WriteAsync("INSERT INTO seen (number) VALUES (@number);", new { number }, default);
            Assert.That(
                await database.Database.QueryAsync<long>("SELECT number FROM seen WHERE number >= @From ORDER BY number;", new { From = number - 1 }, default),
                Is.EqualTo(Enumerable.Range(0, number + 1).TakeLast(2)));
        }
    }

    [Test]
    public async Task QueryAsync_OfMoreQueriesThanAreKept_ReadsEach()
    {
        using var database = new SqliteTestDatabase();
        var padding = new string(' ', 10_000);
        for (var number = 0; number < 200; number++)
        {
            Assert.That(await database.Database.QueryAsync<long>($"SELECT {number % 50}{padding};", null, default), Is.EqualTo((long[])[number % 50]));
        }
    }

    [Test]
    public void Schema_OfANewFile_IsItsOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no Unix file modes.");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("payments-");
        using (var database = new Sqlite.SqliteDatabase("Data Source=data/payments.db", folder.FullName))
        {
            new DatabaseSchema(database).Migrate();
        }

        Assert.That(
            File.GetUnixFileMode(Path.Combine(folder.FullName, "data")),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Test]
    public async Task Files_InAFolderOfEverybodys_AreTheirOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no Unix file modes.");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("payments-");
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_111_111);
        using (var database = new Sqlite.SqliteDatabase("Data Source=payments.db", folder.FullName))
        {
            new DatabaseSchema(database).Migrate();
            await database.QueryAsync<long>("SELECT COUNT(*) FROM payments;", null, default);
            Assert.That(folder.GetFiles().Select(file => file.Name), Is.SupersetOf((string[])["payments.db", "payments.db-wal", "payments.db-shm"]));
            Assert.That(
                folder.GetFiles().Select(file => file.UnixFileMode),
                Has.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(database.Paths.Where(PrivateFile.IsOpenToOthers), Is.EqualTo((string[])[folder.FullName]), "which keeps its rights");
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }
}
