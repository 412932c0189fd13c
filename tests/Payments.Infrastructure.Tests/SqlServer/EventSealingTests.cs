using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.SqlClient;
using Payments.Application.Events;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.SqlServer;

/// <summary>The order in which events get their positions, with transactions that overlap as a test decides.</summary>
internal sealed class EventSealingTests
{
    private const string Insert =
        """
        INSERT INTO events (kind, connector, revision, at, actor, fingerprints, hash)
        OUTPUT inserted.sequence
        VALUES (16, @Connector, @Revision, @At, 1, 0x, @Hash);
        """;

    private NewSqlServerDatabase _database = null!;
    private TestStore _store = null!;
    private TestStore _other = null!;

    private EventSealing Sealing => _store.Get<EventSealing>();

    [SetUp]
    public void Create()
    {
        if (NewSqlServerDatabase.Server is null)
        {
            Assert.Ignore(NewSqlServerDatabase.Missing);
        }

        _database = new NewSqlServerDatabase();
        _store = TestStore.OfSqlServer(_database.ConnectionString);
        _store.Schema.CreateIfMissing();
        _other = TestStore.OfSqlServer(_database.ConnectionString);
    }

    [TearDown]
    public void Drop()
    {
        _store?.Dispose();
        _other?.Dispose();
        _database?.Dispose();
    }

    [Test]
    public async Task SealAsync_LowerSequenceCommitsLater_GetsLaterPosition()
    {
        await using var late = await OpenAsync();
        var lateTransaction = (SqlTransaction)await late.BeginTransactionAsync();
        var lower = await InsertAsync(late, lateTransaction, connector: 1);
        await using var early = await OpenAsync();
        var higher = await InsertAsync(early, null, connector: 2);
        Assert.That(lower, Is.LessThan(higher));

        Assert.That(await Sealing.SealAsync(default), Is.EqualTo(1));
        Assert.That(await ReadToAsync(), Is.EqualTo(1), "a reader has read up to here");
        await lateTransaction.CommitAsync();
        Assert.That(await Sealing.SealAsync(default), Is.EqualTo(1));

        Assert.That(await SequencesAsync(), Is.EqualTo(new[] { higher, lower }));
        await AssertChainAsync();
    }

    [Test]
    public async Task SealAsync_TransactionRollsBack_LeavesNoGap()
    {
        await using var connection = await OpenAsync();
        await InsertAsync(connection, null, connector: 1);
        await using (var rolledBack = (SqlTransaction)await connection.BeginTransactionAsync())
        {
            await InsertAsync(connection, rolledBack, connector: 2);
        }

        await InsertAsync(connection, null, connector: 3);
        Assert.That(await Sealing.SealAsync(default), Is.EqualTo(2));
        await AssertChainAsync();
    }

    // Between the two statements of a sealer, an event with a lower sequence is committed, and then the next event of the same connector.
    [Test]
    public async Task FindUnsealed_CommitsAfterLastWasRead_ReturnsNoEventBeforeAnEarlierOfItsSubject()
    {
        await using var late = await OpenAsync();
        var lateTransaction = (SqlTransaction)await late.BeginTransactionAsync();
        var first = await InsertAsync(late, lateTransaction, connector: 1);
        await using var writer = await OpenAsync();
        var other = await InsertAsync(writer, null, connector: 2);

        await using var sealing = await OpenAsync();
        await using var transaction = await sealing.BeginTransactionAsync();
        var last = (await sealing.QuerySingleAsync<(long Last, long? OldestAt)>(EventSealing.Begin, transaction: transaction)).Last;
        Assert.That(last, Is.EqualTo(other));
        await lateTransaction.CommitAsync();
        var second = await InsertAsync(writer, null, connector: 1, revision: 1);
        var found = (await sealing.QueryAsync<(long Sequence, byte[] Hash)>(EventSealing.FindUnsealed, new { Last = last, Take = 1000 }, transaction)).Select(row => row.Sequence);

        Assert.That(found, Is.EqualTo(new[] { first, other }), $"without {second}, which has a higher sequence than the last");
    }

    [Test]
    public async Task SealAsync_OtherInstanceSeals_LeavesEventsToIt()
    {
        await using var connection = await OpenAsync();
        await InsertAsync(connection, null, connector: 1);
        await using (var sealing = await OpenAsync())
        await using (var transaction = await sealing.BeginTransactionAsync())
        {
            Assert.That((await sealing.QuerySingleAsync<(long Last, long? OldestAt)>(EventSealing.Begin, transaction: transaction)).Last, Is.Positive);
            Assert.That(await Sealing.SealAsync(default), Is.Zero);
            Assert.That(await ReadToAsync(), Is.Zero);
        }

        Assert.That(await Sealing.SealAsync(default), Is.EqualTo(1), "the other instance stopped before its commit");
        await AssertChainAsync();
    }

    [Test]
    public async Task Lag_OtherInstanceHoldsLock_IsAgeOfOldestUnsealedEvent()
    {
        var lags = new List<double>();
        var sealing = Sealing;
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => EnableIf(instrument.Name == "payments.events.sealing.lag", instrument, listener) };
        listener.SetMeasurementEventCallback<double>((_, lag, _, _) => lags.Add(lag));
        listener.Start();
        await using var connection = await OpenAsync();
        await InsertAsync(connection, null, connector: 1, ageSeconds: 60);
        await InsertAsync(connection, null, connector: 2);
        await using (var holder = await OpenAsync())
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await holder.QuerySingleAsync<(long, long?)>(EventSealing.Begin, transaction: transaction);
            await sealing.SealAsync(default);
            listener.RecordObservableInstruments();
        }

        Assert.That(lags.Max(), Is.EqualTo(60).Within(30));
        lags.Clear();
        await sealing.SealAsync(default);
        listener.RecordObservableInstruments();
        Assert.That(lags, Is.All.Zero);

        static void EnableIf(bool isLag, Instrument instrument, MeterListener listener)
        {
            if (isLag)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        }
    }

    [Test]
    public async Task SealAsync_TwoInstancesDuringWrites_ChainEachEventOnce()
    {
        const int Writers = 8;
        const int PerWriter = 100;
        using var stop = new CancellationTokenSource();
        var sealers = ((EventSealing[])[Sealing, _other.Get<EventSealing>()]).Select(sealing => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await sealing.SealAsync(default);
            }
        })).ToArray();
        var reader = Task.Run(async () =>
        {
            var read = new List<(long Position, long Connector)>();
            while (read.Count < Writers * PerWriter)
            {
                await using var connection = await OpenAsync();
                read.AddRange(await connection.QueryAsync<(long, long)>("SELECT position, connector FROM events WHERE position > @After ORDER BY position;", new { After = read.Count }));
            }

            return read;
        });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            await using var connection = await OpenAsync();
            for (var revision = 0; revision < PerWriter; revision++)
            {
                await using var transaction = (SqlTransaction)await connection.BeginTransactionAsync();
                await InsertAsync(connection, transaction, writer, revision);
                await Task.Delay(random.Next(20));
                await transaction.CommitAsync();
            }
        })));

        var read = await reader.WaitAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await Task.WhenAll(sealers);
        Assert.That(read.Select(row => row.Position), Is.EqualTo(Enumerable.Range(1, Writers * PerWriter)));
        await AssertChainAsync();
    }

    private async Task<SqlConnection> OpenAsync()
    {
        var connection = new SqlConnection(_database.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    // The digest is that of the connector and the revision.
    private static Task<long> InsertAsync(SqlConnection connection, SqlTransaction? transaction, long connector, int revision = 0, int ageSeconds = 0) => connection.QuerySingleAsync<long>(
        Insert,
        new { Connector = connector, Revision = revision, At = DateTimeOffset.UtcNow.AddSeconds(-ageSeconds).ToUnixTimeMilliseconds(), Hash = Digest(connector, revision) },
        transaction);

    private static byte[] Digest(long connector, int revision) => SHA256.HashData(BitConverter.GetBytes((connector * 1000) + revision));

    private async Task<long> ReadToAsync() => (await _store.Get<IEventReader>().FindRecordAsync(default)).Position;

    private async Task<IEnumerable<long>> SequencesAsync()
    {
        await using var connection = await OpenAsync();
        return await connection.QueryAsync<long>("SELECT sequence FROM events WHERE position IS NOT NULL ORDER BY position;");
    }

    // Positions from 1 without gaps, each connector's events in its order, and a hash that depends on all before.
    private async Task AssertChainAsync()
    {
        await using var connection = await OpenAsync();
        var rows = (await connection.QueryAsync<(long? Position, long Connector, int Revision, byte[] Hash)>(
            "SELECT position, connector, revision, hash FROM events ORDER BY position;")).AsList();
        var hash = new byte[32];
        var revisions = new Dictionary<long, int>();
        foreach (var (index, row) in rows.Index())
        {
            hash = SHA256.HashData([.. hash, .. Digest(row.Connector, row.Revision)]);
            Assert.That((row.Position, Convert.ToHexString(row.Hash)), Is.EqualTo(((long?)(index + 1), Convert.ToHexString(hash))));
            Assert.That(row.Revision, Is.EqualTo(revisions.GetValueOrDefault(row.Connector)));
            revisions[row.Connector] = row.Revision + 1;
        }
    }
}
