using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Domain;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Sqlite;
using SQLitePCL;

namespace Payments.Infrastructure.Tests.Sqlite;

/// <summary>Concurrent writes share a commit, and each has its own outcome.</summary>
internal sealed class SqliteWriterTests
{
    private const string Insert = "INSERT INTO numbers (number, text) VALUES (@Number, @Text);";
    private const string InsertEvent = "INSERT INTO events (position, number, hash) VALUES (@Position, @EventNumber, @Hash);";
    private const string InsertWithEvent = $"{Insert} {InsertEvent}";

    private TemporaryFolder _folder = null!;
    private string _file = null!;
    private ManualResetEventSlim _opening = null!;
    private ManualResetEventSlim _mayOpen = null!;
    private Action<SqliteConnection> _opened = null!;
    private List<long> _announced = null!;
    private SqliteWriter? _writer;

    [SetUp]
    public void Create()
    {
        _folder = new TemporaryFolder();
        _file = Path.Combine(_folder.Path, "numbers.db");
        using var connection = Open();
        connection.Execute(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
            CREATE TABLE owners (number INTEGER NOT NULL REFERENCES numbers (number)) STRICT;
            CREATE TABLE events (position INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, hash BLOB NOT NULL) STRICT;
            """);
        _opening = new ManualResetEventSlim();
        _mayOpen = new ManualResetEventSlim();
        _opened = _ => { };
        _announced = [];
        _writer = new SqliteWriter(() =>
        {
            _opening.Set();
            _mayOpen.Wait();
            var opened = Open();
            _opened(opened);
            return opened;
        })
        {
            EventsCommitted = _announced.Add,
        };
    }

    [TearDown]
    public void Delete()
    {
        _mayOpen.Set();
        _writer?.Dispose();
        _opening.Dispose();
        _mayOpen.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task WriteAsync_ManyQueued_ShareOneCommit()
    {
        var writes = Enumerable.Range(1, 100).Select(Add).ToArray();

        Assert.That(await BatchAsync(writes), Is.All.EqualTo(1));
        Assert.That(Commits(), Is.EqualTo(2), "one for the first write and one for all that were queued after it");
        Assert.That(Numbers(), Is.EqualTo(Enumerable.Range(0, 101)));
    }

    [Test]
    public async Task WriteAsync_SomeOfBatchFail_ReturnsOutcomeOfEach()
    {
        var outcomes = await BatchAsync(
            Add(1),
            Add(1),
            () => _writer!.WriteAsync("INSERT INTO numbers (number, text) VALUES (2, '2'); INSERT INTO numbers (number, text) VALUES (1, 'again');", new { }),
            () => _writer!.WriteAsync("INSERT INTO owners (number) VALUES (2);", new { }),
            () => _writer!.WriteAsync(Insert, new { Number = 3, Text = (string?)null }),
            () => _writer!.WriteAsync(Insert, new { Number = 3 }),
            () => _writer!.WriteAsync("INSERT INTO nowhere VALUES (1);", new { }),
            () => _writer!.WriteAsync("INSERT INTO owners (number) VALUES (1); UPDATE numbers SET text = 'x' || text; -- one row and two rows", new { }),
            () => _writer!.WriteAsync("DELETE FROM numbers WHERE number = @Number;", new { Number = 9L }),
            () => _writer!.WriteAsync("UPDATE numbers SET text = 'y' || text; SELECT number FROM numbers;", new { }),
            Add(4));

        Assert.That(
            outcomes,
            Is.EqualTo(new object[]
            {
                1, typeof(DuplicateKeyException), typeof(DuplicateKeyException), typeof(ForeignKeyException), typeof(SqliteException),
                typeof(InvalidOperationException), typeof(SqliteException), 3, 0, 2, 1,
            }));
        Assert.That(Numbers(), Is.EqualTo(new[] { 0, 1, 4 }));
    }

    [Test]
    public async Task WriteAsync_QueueFull_ThrowsImmediatelyAndStoresQueued()
    {
        var first = Add(0)();
        _opening.Wait();
        var queued = Enumerable.Range(1, SqliteWriter.QueueLimit).Select(number => Add(number)()).ToArray();

        var rejected = Add(-1)();
        Assert.That(rejected.IsFaulted, Is.True, "it does not wait");
        await Assert.ThrowsAsync<UnavailableException>(() => rejected);
        _mayOpen.Set();
        await Task.WhenAll([first, .. queued]);
        Assert.That(Numbers(), Is.EqualTo(Enumerable.Range(0, SqliteWriter.QueueLimit + 1)));
    }

    [Test]
    public async Task Metrics_ManyWrites_CountQueueCommitsAndRejections()
    {
        var measured = new List<(string Name, double Value)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Payments")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Keep(instrument, value));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Keep(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Keep(instrument, value));
        listener.Start();
        var first = Add(0)();
        _opening.Wait();
        var queued = Enumerable.Range(1, SqliteWriter.QueueLimit).Select(number => Add(number)()).ToArray();
        await Assert.ThrowsAsync<UnavailableException>(Add(-1));

        listener.RecordObservableInstruments();
        Assert.That(Of("payments.queue.depth").Sum(), Is.EqualTo(SqliteWriter.QueueLimit));
        Assert.That(Of("payments.queue.refusals").Sum(), Is.EqualTo(1));
        _mayOpen.Set();
        await Task.WhenAll([first, .. queued]);
        _writer!.Dispose();
        _writer = null;
        Assert.That(Of("payments.commit.size"), Is.EqualTo((double[])[1, .. Enumerable.Repeat(512.0, 8)]));
        Assert.That(Of("payments.commit.duration"), Has.Length.EqualTo(9).And.All.Positive);

        void Keep(Instrument instrument, double value)
        {
            lock (measured)
            {
                measured.Add((instrument.Name, value));
            }
        }

        double[] Of(string name)
        {
            lock (measured)
            {
                return [.. measured.Where(measurement => measurement.Name == name).Select(measurement => measurement.Value)];
            }
        }
    }

    // A full disk, a read-only disk, and a transaction that SQLite rolled back.
    [TestCase("PRAGMA max_page_count = 1;")]
    [TestCase("PRAGMA query_only = 1;")]
    [TestCase("ROLLBACK; INSERT INTO numbers (number, text) VALUES (0, 'taken');")]
    public async Task WriteAsync_FileFailsWithinBatch_AcknowledgesNothingThenRecovers(string fault)
    {
        var outcomes = await BatchAsync(
            Add(1),
            Add(1),
            () => _writer!.WriteAsync(fault, new { }),
            () => _writer!.WriteAsync(Insert, new { Number = 2, Text = new string('x', 100_000) }),
            Add(3));

        Assert.That(outcomes, Is.All.EqualTo(typeof(UnavailableException)), "a key that was rolled back does not exist");
        Assert.That(await Add(1)(), Is.EqualTo(1));
        Assert.That(Numbers(), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public async Task WriteAsync_CommitFails_AcknowledgesNothingThenRecovers()
    {
        var commits = 0;
        _opened = connection => raw.sqlite3_commit_hook(connection.Handle, _ => ++commits == 2 ? 1 : 0, null);

        Assert.That(await BatchAsync(Add(1), Add(1), Add(2)), Is.All.EqualTo(typeof(UnavailableException)));
        Assert.That(Numbers(), Is.EqualTo(new[] { 0 }));
        Assert.That(await Add(1)(), Is.EqualTo(1));
        Assert.That(Numbers(), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public async Task WriteAsync_FileCannotBeOpened_FailsAllQueuedThenRecovers()
    {
        var attempts = 0;
        _opened = connection =>
        {
            attempts++;
            connection.Dispose();
            throw new InvalidOperationException("an unexpected fault");
        };
        var first = Add(0)();
        _opening.Wait();
        var queued = Enumerable.Range(1, 600).Select(number => Add(number)()).ToArray();
        _mayOpen.Set();

        foreach (var rejected in queued.Prepend(first))
        {
            await Assert.ThrowsAsync<UnavailableException>(() => rejected);
        }

        Assert.That(attempts, Is.EqualTo(1), "the queued writes do not wait again");
        _opened = _ => { };
        Assert.That(await Add(1)(), Is.EqualTo(1));
        Assert.That(Numbers(), Is.EqualTo(new[] { 1 }));
    }

    // The failures roll back the batch, and each write runs again in a savepoint.
    [Test]
    public async Task WriteAsync_SomeOfBatchFail_ChainsEventsOfOthersWithoutGaps()
    {
        var outcomes = await BatchAsync(
            AddEvent(1),
            AddEvent(2),
            () => WriteEventAsync($"{Insert} INSERT INTO owners (number) VALUES (77); {InsertEvent}", 3),
            () => WriteEventAsync($"{Insert} {InsertEvent} INSERT INTO numbers (number, text) VALUES (1, 'again');", 4),
            AddEvent(2),
            () => WriteEventAsync($"{Insert} INSERT INTO events (position, number, hash) VALUES (@Position, 1, @Hash);", 5),
            AddEvent(6),
            AddEvent(7));

        Assert.That(
            outcomes,
            Is.EqualTo(new object[]
            {
                2, 2, typeof(ForeignKeyException), typeof(DuplicateKeyException), typeof(DuplicateKeyException), typeof(DuplicateKeyException), 2, 2,
            }));
        Assert.That(Numbers(), Is.EqualTo(new[] { 0, 1, 2, 6, 7 }));
        AssertEvents(1, 2, 6, 7);
        Assert.That(_announced, Is.EqualTo(new[] { 4 }), "only what was committed");
    }

    [Test]
    public async Task WriteAsync_LastStatementInsertsNoEvent_TakesNoPosition()
    {
        const string None = "INSERT INTO events (position, number, hash) SELECT @Position, @EventNumber, @Hash WHERE @Number < 0;";
        var outcomes = await BatchAsync(
            AddEvent(1),
            () => WriteEventAsync(None, 2),
            () => WriteEventAsync($"UPDATE numbers SET text = 'x' || text WHERE number = @Number - 2; {None}", 3),
            AddEvent(4));

        Assert.That(outcomes, Is.EqualTo(new object[] { 2, 0, 1, 2 }));
        AssertEvents(1, 4);
    }

    [Test]
    public async Task WriteAsync_OtherProcessAddedEvents_ContinuesFromItsLast()
    {
        await BatchAsync(AddEvent(1), AddEvent(2));
        using var other = new SqliteWriter(Open);
        await other.WriteAsync(InsertWithEvent, new { Number = 3, Text = "3" }, Event(3));
        await other.WriteAsync(InsertWithEvent, new { Number = 4, Text = "4" }, Event(4));
        await AddEvent(5)();
        await other.WriteAsync(InsertWithEvent, new { Number = 6, Text = "6" }, Event(6));
        await AddEvent(7)();

        AssertEvents(1, 2, 3, 4, 5, 6, 7);
    }

    [Test]
    public async Task WriteAsync_CommitFails_NextEventTakesItsPosition()
    {
        var commits = 0;
        _opened = connection => raw.sqlite3_commit_hook(connection.Handle, _ => ++commits == 2 ? 1 : 0, null);

        Assert.That(await BatchAsync(AddEvent(1), AddEvent(2)), Is.All.EqualTo(typeof(UnavailableException)));
        Assert.That(_announced, Is.Empty);
        await AddEvent(3)();
        AssertEvents(3);
    }

    [Test]
    public async Task WriteAsync_LongLog_IsCopiedToFileAndRestarted()
    {
        const int Bytes = SqliteCheckpoint.Pages * 4096;
        _opened = connection => connection.Execute("PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS long (content BLOB) STRICT;");
        _mayOpen.Set();
        await _writer!.WriteAsync("INSERT INTO long VALUES (zeroblob(@Bytes));", new { Bytes });
        var log = LogNumber();

        var number = 0;
        while (LogNumber() == log)
        {
            Assert.That(number, Is.LessThan(100_000), "the log did not restart");
            await Add(++number)();
        }

        Assert.That(new FileInfo(_file), Has.Length.GreaterThan(Bytes));
        Assert.That(Numbers(), Is.EqualTo(Enumerable.Range(1, number)));
    }

    [Test]
    public async Task Dispose_QueuedWrites_StoresThemAndRejectsMore()
    {
        var first = Add(0)();
        _opening.Wait();
        var queued = Enumerable.Range(1, 600).Select(number => Add(number)()).ToArray();
        var disposing = Task.Run(_writer!.Dispose);
        SpinWait.SpinUntil(() => Add(-1)().IsFaulted);
        _mayOpen.Set();
        await disposing;
        _writer = null;

        await Task.WhenAll(queued.Append(first));
        Assert.That(Numbers().Where(number => number >= 0), Is.EqualTo(Enumerable.Range(0, 601)));
    }

    [Test]
    public async Task WriteAsync_MoreStatementsThanCached_RunsEach()
    {
        _mayOpen.Set();
        for (var number = 0; number < 200; number++)
        {
            await _writer!.WriteAsync($"INSERT INTO numbers (number, text) VALUES ({number}, @Text);", new { Text = $"{number}" });
        }

        Assert.That(Numbers(), Is.EqualTo(Enumerable.Range(0, 200)));
    }

    [Test]
    public async Task WriteAsync_SameStatementOtherParameters_RunsEach()
    {
        _mayOpen.Set();
        await _writer!.WriteAsync(Insert, new { Number = 1L, Text = "1" });
        await _writer!.WriteAsync(Insert, new { Text = "2", Unused = 3, Number = 2 });
        Assert.That(Numbers(), Is.EqualTo(new[] { 1, 2 }));
    }

    private static IEnumerable<object?> Values =>
    [
        null, "", "text 😀", Array.Empty<byte>(), (byte[])[0, 1, 255], 0, int.MinValue, long.MaxValue,
        DateTime.MinValue, DateTime.MaxValue, new DateTime(2024, 5, 1, 12, 0, 0, DateTimeKind.Utc), new DateTime(2024, 5, 1, 12, 0, 0).AddTicks(1230),
    ];

    [TestCaseSource(nameof(Values))]
    public async Task WriteAsync_EachValue_IsStoredAsByDriver(object? value)
    {
        _mayOpen.Set();
        using var connection = Open();
        connection.Execute("CREATE TABLE stored (value ANY) STRICT;");
        const string Store = "INSERT INTO stored (value) VALUES (@Value);";
        connection.Execute(Store, new { Value = value });
        await (value switch
        {
            byte[] bytes => _writer!.WriteAsync(Store, new { Value = bytes }),
            int number => _writer!.WriteAsync(Store, new { Value = number }),
            long number => _writer!.WriteAsync(Store, new { Value = number }),
            DateTime time => _writer!.WriteAsync(Store, new { Value = time }),
            _ => _writer!.WriteAsync(Store, new { Value = (string?)value }),
        });

        var stored = connection.Query<string>("SELECT typeof(value) || ' ' || quote(value) FROM stored").AsList();
        Assert.That(stored, Has.Count.EqualTo(2));
        Assert.That(stored[1], Is.EqualTo(stored[0]));
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_file};Foreign Keys=True;Pooling=False");
        connection.Open();
        return connection;
    }

    private Func<Task<int>> Add(int number) =>
        () => _writer!.WriteAsync(Insert, new { Number = number, Text = number.ToString(CultureInfo.InvariantCulture) });

    private Func<Task<int>> AddEvent(int number) => () => WriteEventAsync(InsertWithEvent, number);

    private Task<int> WriteEventAsync(string statements, int number) =>
        _writer!.WriteAsync(statements, new { Number = number, Text = number.ToString(CultureInfo.InvariantCulture) }, Event(number));

    // Its digest is that of its number.
    private static NewEvent Event(int number) => new()
    {
        EventKind = 1,
        EventRevision = 0,
        EventNumber = number,
        EventAt = 0,
        Actor = 1,
        TraceId = null,
        Changes = null,
        Fingerprints = [],
        Hash = Digest(number),
    };

    private static byte[] Digest(int number) => SHA256.HashData(BitConverter.GetBytes(number));

    private void AssertEvents(params int[] numbers)
    {
        var hash = new byte[32];
        var expected = numbers.Select((number, i) => $"{i + 1} {number} {Convert.ToHexString(hash = SHA256.HashData([.. hash, .. Digest(number)]))}");
        using var connection = Open();
        Assert.That(connection.Query<string>("SELECT position || ' ' || number || ' ' || hex(hash) FROM events ORDER BY position"), Is.EqualTo(expected));
    }

    // The first write keeps the writer busy until the others are queued, so they are one batch. Returns the rows or the exception type of each.
    private async Task<object[]> BatchAsync(params Func<Task<int>>[] writes)
    {
        var first = Add(0)();
        _opening.Wait();
        var queued = writes.Select(write => write()).ToArray();
        _mayOpen.Set();
        await first;
        return await Task.WhenAll(queued.Select(async write =>
        {
            try
            {
                return (object)await write;
            }
            catch (Exception e)
            {
                return e.GetType();
            }
        }));
    }

    private List<int> Numbers()
    {
        using var connection = Open();
        return connection.Query<int>("SELECT number FROM numbers ORDER BY number").AsList();
    }

    /// <summary>How many commits are in the write-ahead log: https://sqlite.org/fileformat2.html#the_write_ahead_log.</summary>
    private int Commits()
    {
        using var file = new FileStream($"{_file}-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var log = new byte[file.Length];
        file.ReadExactly(log);
        var pageSize = BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(8));
        return Enumerable.Range(0, (log.Length - 32) / (24 + pageSize))
            .Count(frame => BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(32 + (frame * (24 + pageSize)) + 4)) != 0);
    }

    // The header counts how often the log restarted.
    private int LogNumber()
    {
        using var file = new FileStream($"{_file}-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var header = new byte[32];
        file.ReadExactly(header);
        return BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(12));
    }
}
