using System.Text.RegularExpressions;
using Microsoft.Data.SqlClient;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests;

/// <summary>How SQL Server's driver and its errors are dealt with, against a server that errs as it is told.</summary>
internal sealed class SqlServerDatabaseTests
{
    private static readonly byte[] KeyTaken = TdsServer.Error(2627, severity: 14);

    private TdsServer _server = null!;
    private SqlServerDatabase _database = null!;
    private HurriedClock _clock = null!;

    private static byte[]? Broken => null;

    [SetUp]
    public void Start()
    {
        _server = new TdsServer();
        _clock = new HurriedClock();
        _database = new SqlServerDatabase(_server.ConnectionString) { Clock = _clock };
    }

    [TearDown]
    public void Stop()
    {
        _database.Dispose();
        SqlConnection.ClearAllPools();
        _server.Dispose();
    }

    [Test]
    public async Task AddAsync_OfAPayment_IsOneTransactionInOneRoundTrip()
    {
        await new PaymentRepository(_database).AddAsync(Sample.Payment(Sample.Connector().Id, metadata: Metadata.Restore(new Dictionary<string, string> { ["a"] = "1" })), default);
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
        Assert.That(
            Regex.Matches(_server.Statements.Single(), @"SET XACT_ABORT ON|BEGIN TRANSACTION|INSERT INTO \w+|COMMIT TRANSACTION").Select(match => match.Value),
            Is.EqualTo((string[])
                ["SET XACT_ABORT ON", "BEGIN TRANSACTION", "INSERT INTO payments", "INSERT INTO payment_adjustments", "INSERT INTO payment_metadata", "COMMIT TRANSACTION"]));
    }

    // A constraint's and an index's.
    [TestCase(2627)]
    [TestCase(2601)]
    public async Task AddAsync_WhenItsKeyIsTaken_IsThereAlready(int number)
    {
        _server.Answers.Enqueue(TdsServer.Error(number, severity: 14));
        Assert.That(await AddAsync(), Is.False);
    }

    [Test]
    public async Task Write_ThatBreaksAForeignKey_IsToldFromOneThatBreaksACheck()
    {
        var broken = TdsServer.Error(547, message: "The statement conflicted with the constraint \"fk_payments_connector\".");
        _server.Answers.Enqueue(broken);
        _server.Answers.Enqueue(broken);
        _server.Answers.Enqueue(TdsServer.Error(547, message: "The statement conflicted with the constraint \"ck_payments_amount\"."));
        await Assert.ThrowsAsync<ValidationException>(AddAsync);
        Assert.That(await new ConnectorRepository(_database).RemoveAsync(Sample.Connector().Id, default), Is.EqualTo(RemoveOutcome.InUse));
        await Assert.ThrowsAsync<SqlException>(AddAsync);
    }

    [Test]
    public async Task AddAsync_WhenTheConnectionBreaksWithTheCommit_FindsItsOwnPayment()
    {
        _server.Answers.Enqueue(Broken);
        _server.Answers.Enqueue(KeyTaken);
        Assert.That(await AddAsync(), Is.False);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task AddAsync_WhenTheConnectionBreaksBeforeTheCommit_StoresIt()
    {
        _server.Answers.Enqueue(Broken);
        Assert.That(await AddAsync(), Is.True);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    // A deadlock's victim, a lock's time, and Azure SQL that moves, starts or has closed the connection.
    [TestCase(1205, 13)]
    [TestCase(1222, 16)]
    [TestCase(40197, 17)]
    [TestCase(40613, 17)]
    [TestCase(596, 21)]
    public async Task AddAsync_WhenTheServerTookItBackForNow_TriesAgain(int number, byte severity)
    {
        _server.Answers.Enqueue(TdsServer.Error(number, severity));
        _server.Answers.Enqueue(TdsServer.Error(number, severity));
        Assert.That(await AddAsync(), Is.True);
        Assert.That(_server.Statements, Has.Count.EqualTo(3));
    }

    [TestCase(40613)]
    [TestCase(4060)]
    [TestCase(null)]
    public async Task AddAsync_WhenTheLogInFailsForNow_TriesAgain(int? number)
    {
        for (var i = 0; i < 2; i++)
        {
            _server.Logins.Enqueue(number is { } error ? TdsServer.Error(error, severity: 14) : Broken);
        }

        Assert.That(await AddAsync(), Is.True);
        Assert.That(_server.Logins, Is.Empty);
    }

    // A wrong password, one that has expired, a database that is offline, and Azure SQL's firewall.
    [TestCase(18456)]
    [TestCase(18487)]
    [TestCase(942)]
    [TestCase(40615)]
    public async Task AddAsync_WhenTheLogInIsRefused_IsUnavailableAtOnce(int number)
    {
        _server.Logins.Enqueue(TdsServer.Error(number, severity: 14));
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(unavailable!.Message, Does.Contain($"{number}"));
        Assert.That(_server.Statements, Is.Empty);
    }

    [Test]
    public async Task QueryAsync_WhenTheConnectionBreaks_ReadsAgain()
    {
        _server.Answers.Enqueue(Broken);
        _server.Answers.Enqueue(TdsServer.Row(1));
        Assert.That(await new ConnectorRepository(_database).ExistsAsync(Sample.Connector().Id, default), Is.True);
    }

    [Test]
    public async Task AddAsync_WhenTheServerStaysAway_IsUnavailableAfterAFewTriesAndASecondsWait()
    {
        for (var i = 0; i < 20; i++)
        {
            _server.Answers.Enqueue(TdsServer.Error(40613, severity: 20));
        }

        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.Multiple(() =>
        {
            Assert.That(_server.Statements, Has.Count.EqualTo(6));
            Assert.That(_clock.Waited, Is.InRange(TimeSpan.FromTicks(1), TimeSpan.FromSeconds(4)));
            Assert.That(unavailable!.RetryAfter, Is.Null);
        });
    }

    // Those that were refused together shall not come again together.
    [Test]
    public async Task AddAsync_WhenManyAreRefused_WaitsForEachAnotherTime()
    {
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 10; i++)
        {
            var before = _clock.Waited;
            _server.Answers.Enqueue(TdsServer.Error(40613, severity: 17));
            await AddAsync();
            waits.Add(_clock.Waited - before);
        }

        Assert.That(waits.Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public async Task AddAsync_WhenEachTryTakesLong_TriesNoMoreThanTheTimeAllows()
    {
        _clock.EachLook = TimeSpan.FromSeconds(2.5);
        for (var i = 0; i < 20; i++)
        {
            _server.Answers.Enqueue(TdsServer.Error(40613, severity: 20));
        }

        await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    [TestCase(40501, 20)]
    [TestCase(49918, 16)]
    public async Task AddAsync_WhenThrottled_IsUnavailableAtOnceForAsLongAsIsAskedFor(int number, byte severity)
    {
        _server.Answers.Enqueue(TdsServer.Error(number, severity));
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That((unavailable!.RetryAfter, _server.Statements.Count), Is.EqualTo((TimeSpan.FromSeconds(10), 1)));
    }

    [TestCase(208, 16)]
    [TestCase(8152, 16)]
    public async Task AddAsync_WhenTheStatementIsWrong_FailsAtOnce(int number, byte severity)
    {
        _server.Answers.Enqueue(TdsServer.Error(number, severity));
        await Assert.ThrowsAsync<SqlException>(AddAsync);
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
    }

    // Full, read-only, and a statement whose time is up.
    [TestCase(1105, 17)]
    [TestCase(9002, 17)]
    [TestCase(3906, 16)]
    [TestCase(-2, 11)]
    public async Task AddAsync_WhenAnotherTryWouldNotHelp_IsUnavailableAtOnce(int number, byte severity)
    {
        _server.Answers.Enqueue(TdsServer.Error(number, severity));
        await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task AddAsync_WhenItsCallerGivesUp_IsNotTriedAgain()
    {
        using var caller = new CancellationTokenSource();
        _clock.OnWait = caller.Cancel;
        _server.Answers.Enqueue(TdsServer.Error(40613, severity: 17));
        await Assert.ThrowsAsync<TaskCanceledException>(() => new PaymentRepository(_database).AddAsync(Sample.Payment(Sample.Connector().Id), caller.Token));
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task SaveAsync_AdjustmentWhenTheConnectionBreaksWithTheCommit_FindsItsNumberTaken()
    {
        _server.Answers.Enqueue(Broken);
        _server.Answers.Enqueue(KeyTaken);
        var connector = Sample.Connector().Id;
        var payment = Sample.Payment(connector, "a");
        var moved = payment.ApplyReport(Sample.Payment(connector, "a", status: PaymentStatus.Succeeded))!;
        Assert.That(await new PaymentRepository(_database).SaveAsync(payment, moved, default), Is.False);
    }

    [Test]
    public async Task SaveAsync_MetadataWhenTheConnectionBreaksWithTheCommit_FindsItsRevisionTaken()
    {
        _server.Answers.Enqueue(Broken);
        _server.Answers.Enqueue(TdsServer.Written(0));
        var payment = Sample.Payment(Sample.Connector().Id);
        var changed = payment.ChangeMetadata(new Dictionary<string, string?> { ["a"] = "1" })!;
        Assert.That(await new PaymentRepository(_database).SaveAsync(payment, changed, default), Is.False);
    }

    [Test]
    public async Task AddAsync_OfAnAccountOrAConnectorWhenTheConnectionBreaksWithTheCommit_FindsItThere()
    {
        for (var i = 0; i < 2; i++)
        {
            _server.Answers.Enqueue(Broken);
            _server.Answers.Enqueue(KeyTaken);
        }

        var connector = Sample.Connector();
        Assert.That(await new AccountRepository(_database).AddAsync(Sample.Account(connector.Id), default), Is.False);
        Assert.That(await new ConnectorRepository(_database).AddAsync(connector, default), Is.False);
    }

    [Test]
    public async Task AddAsync_WhenTooManyWait_RefusesTheNextAtOnce()
    {
        var gate = new TaskCompletionSource();
        _server.Gate = gate.Task;
        var waiting = Enumerable.Range(0, SqlServerDatabase.MaxConcurrentRoundTrips).Select(_ => AddAsync()).ToList();

        var refused = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(refused!.Message, Is.EqualTo("Too many requests are waiting."));

        gate.SetResult();
        Assert.That(await Task.WhenAll(waiting), Is.All.True);
        Assert.That(await AddAsync(), Is.True);
    }

    // Another length would be another text to the server, with a plan of its own.
    [Test]
    public async Task AddAsync_OfWhateverMetadataAndAccounts_IsOneStatementToTheServer()
    {
        var connector = Sample.Connector().Id;
        foreach (var entries in (int[])[1, 2, 50])
        {
            var metadata = Metadata.Restore(Enumerable.Range(0, entries).ToDictionary(i => $"{i}", _ => "x"));
            var source = entries == 2 ? Sample.Account(connector).Id : null;
            await new PaymentRepository(_database).AddAsync(Sample.Payment(connector, source: source, metadata: metadata), default);
        }

        var declared = _server.Statements.Select(statement => Regex.Match(statement, @"@IdHash \w+\([^\0]*?@Raw nvarchar\(\w+\)").Value).ToList();
        Assert.That(declared.Distinct().Count(), Is.EqualTo(1), () => string.Join('\n', declared));
        Assert.That(declared[0], Does.Contain("@Entries varbinary(8000)"));
    }

    // An index of many payments takes longer than the driver waits unless it is told to.
    [Test]
    public void WithSchemaLocked_HoweverLongAScriptTakes_WaitsForItsEnd()
    {
        int? seconds = null;
        _database.WithSchemaLocked(engine =>
        {
            engine.Configure(upgrade => seconds = upgrade.ScriptExecutor.ExecutionTimeoutSeconds);
            return engine.WithScript("1", "SELECT 1;").Build();
        });
        Assert.That(seconds, Is.Zero);
    }

    // A server that keeps microseconds would round the next 100 ns back to the instant itself.
    [TestCase(Comparison.LessOrEqual)]
    [TestCase(Comparison.Greater)]
    [TestCase(null)]
    public void Filter_ByAnInstant_AsksForNoOtherInstant(Comparison? comparison)
    {
        const string Instant = "2024-05-01T12:00:00Z";
        var sql = new PaymentFilterSql(
            comparison is { } how ? new PaymentFilter.Compared(PaymentField.CreatedAt, how, Instant) : new PaymentFilter.OneOf(PaymentField.CreatedAt, [Instant]), _database);
        Assert.That(new[] { sql.From?.At, sql.To?.At }.OfType<DateTime>().Distinct(), Is.EqualTo((DateTime[])[new(2024, 5, 1, 12, 0, 0)]));
    }

    [Test]
    public void ConnectionString_OfTheOperator_IsKept()
    {
        var settings = new SqlConnectionStringBuilder(new SqlServerDatabase("Server=db;Connect Retry Count=3;Pool Blocking Period=AlwaysBlock").ConnectionString);
        Assert.That((settings.ConnectRetryCount, settings.PoolBlockingPeriod), Is.EqualTo((3, PoolBlockingPeriod.AlwaysBlock)));
    }

    private Task<bool> AddAsync() => new PaymentRepository(_database).AddAsync(Sample.Payment(Sample.Connector().Id), default);

    /// <summary>Lets every wait be over at once and says how long they were.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private long _now;

        public TimeSpan Waited { get; private set; }

        public TimeSpan EachLook { get; set; }

        public Action OnWait { get; set; } = () => { };

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += EachLook.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waited += dueTime;
            _now += dueTime.Ticks;
            OnWait();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
