using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Data.SqlClient;
using Microsoft.Extensions.DependencyInjection;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.SqlServer;

/// <summary>Errors of SQL Server and of its driver, from a server that fails as a test tells it to.</summary>
internal sealed class SqlServerDatabaseTests
{
    private static readonly Response KeyExists = TdsServer.Error(2627, severity: 14);

    private TdsServer _server = null!;
    private TestStore _store = null!;
    private SkippingClock _clock = null!;

    private static Response Broken => TdsServer.Broken;

    // Each statement that reads, and a column of its rows.
    private static IEnumerable<TestCaseData> Reads =>
    [
        Read("a connector exists", "sequence", store => store.Connectors.ExistsAsync(Sample.Connector().Id, default)),
        Read("find a connector", "Reference", store => store.Connectors.FindAsync(Sample.Connector().Id, default)),
        Read("list connectors", "Reference", store => store.Connectors.ListAsync(default)),
        Read("find an account", "Reference", store => store.Accounts.FindAsync(Sample.Account(Sample.Connector().Id).Id, default)),
        Read("list accounts", "Reference", store => store.Accounts.ListAsync(new PageRequest(15), default)),
        Read("find a payment", "Reference", store => store.Payments.FindAsync(Sample.Payment(Sample.Connector().Id).Id, default)),
        Read("find a position", "CreatedAt", store => store.Reader.FindPositionAsync(Sample.Payment(Sample.Connector().Id).Id, default)),
        Read("list payments", "Reference", store => store.ListPaymentsAsync(PaymentFilter.None, new PageRequest(15), default)),
    ];

    [SetUp]
    public void Start()
    {
        _server = new TdsServer();
        _clock = new SkippingClock();
        _store = Open();
    }

    [TearDown]
    public void Stop()
    {
        _store.Dispose();
        SqlConnection.ClearAllPools();
        _server.Dispose();
    }

    [Test]
    public async Task AddAsync_Payment_IsOneTransactionInOneRoundTrip()
    {
        await _store.Payments.AddAsync(Sample.Payment(Sample.Connector().Id, metadata: Sample.Metadata(("a", "1"))), default);
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
        Assert.That(
            Regex.Matches(_server.Statements.Single(), @"SET XACT_ABORT ON|BEGIN TRANSACTION|INSERT INTO \w+|COMMIT TRANSACTION").Select(match => match.Value),
            Is.EqualTo((string[])
                ["SET XACT_ABORT ON", "BEGIN TRANSACTION", "INSERT INTO payments", "INSERT INTO payment_metadata", "INSERT INTO payment_adjustments", "INSERT INTO events", "COMMIT TRANSACTION"]));
    }

    // A unique constraint and a unique index.
    [TestCase(2627)]
    [TestCase(2601)]
    public async Task AddAsync_KeyExists_ReturnsFalse(int number)
    {
        _server.Responses.Enqueue(TdsServer.Error(number, severity: 14));
        Assert.That(await AddAsync(), Is.False);
    }

    [Test]
    public async Task Write_ForeignKeyFails_IsDistinguishedFromFailedCheck()
    {
        var foreignKey = TdsServer.Error(547, message: "The statement conflicted with the constraint \"fk_payments_connector\".");
        _server.Responses.Enqueue(foreignKey);
        _server.Responses.Enqueue(foreignKey);
        _server.Responses.Enqueue(TdsServer.Error(547, message: "The statement conflicted with the constraint \"ck_payments_amount\"."));
        await Assert.ThrowsAsync<ValidationException>(AddAsync);
        Assert.That(await _store.Connectors.RemoveAsync(Sample.Connector().Id, default), Is.EqualTo(RemoveOutcome.InUse));
        await Assert.ThrowsAsync<SqlException>(AddAsync);
    }

    [Test]
    public async Task AddAsync_ConnectionBreaksAfterCommit_ReturnsFalse()
    {
        _server.Responses.Enqueue(Broken);
        _server.Responses.Enqueue(KeyExists);
        Assert.That(await AddAsync(), Is.False);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task AddAsync_ConnectionBreaksBeforeCommit_StoresIt()
    {
        _server.Responses.Enqueue(Broken);
        Assert.That(await AddAsync(), Is.True);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    // A deadlock, a lock timeout, and Azure SQL moving the database, starting it or closing the session.
    [TestCase(1205, 13)]
    [TestCase(1222, 16)]
    [TestCase(40197, 17)]
    [TestCase(40613, 17)]
    [TestCase(596, 21)]
    public async Task AddAsync_TransientError_Retries(int number, byte severity)
    {
        _server.Responses.Enqueue(TdsServer.Error(number, severity));
        _server.Responses.Enqueue(TdsServer.Error(number, severity));
        Assert.That(await AddAsync(), Is.True);
        Assert.That(_server.Statements, Has.Count.EqualTo(3));
    }

    [TestCase(40613)]
    [TestCase(4060)]
    [TestCase(null)]
    public async Task AddAsync_TransientLoginError_Retries(int? number)
    {
        for (var i = 0; i < 2; i++)
        {
            _server.Logins.Enqueue(number is { } error ? TdsServer.Error(error, severity: 14) : Broken);
        }

        Assert.That(await AddAsync(), Is.True);
        Assert.That(_server.Logins, Is.Empty);
    }

    // A wrong password, an expired password, an offline database, and the firewall of Azure SQL.
    [TestCase(18456, "Login to SQL Server failed (error 18456). Check User Id and Password in Database:ConnectionString.")]
    [TestCase(18487, "Connecting to SQL Server failed (error 18487).")]
    [TestCase(942, "Connecting to SQL Server failed (error 942).")]
    [TestCase(40615, "Connecting to SQL Server failed (error 40615).")]
    public async Task AddAsync_LoginFails_ThrowsUnavailableWithoutRetry(int number, string message)
    {
        _server.Logins.Enqueue(TdsServer.Error(number, severity: 14));
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(unavailable!.Message, Is.EqualTo(message));
        Assert.That(_server.Statements, Is.Empty);
    }

    [Test]
    public async Task QueryAsync_ConnectionBreaks_Retries()
    {
        _server.Responses.Enqueue(Broken);
        _server.Responses.Enqueue(TdsServer.Row(1));
        Assert.That(await _store.Connectors.ExistsAsync(Sample.Connector().Id, default), Is.True);
    }

    [TestCaseSource(nameof(Reads))]
    public async Task QueryAsync_ConnectionBreaksInRow_Retries(string column, Func<TestStore, Task> read)
    {
        _server.Responses.Enqueue(TdsServer.HalfRow(column, End.Broken));
        await read(_store);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task QueryAsync_TimeoutInRow_ThrowsUnavailable()
    {
        using var store = Open("Command Timeout=1");
        _server.Responses.Enqueue(TdsServer.HalfRow("Reference", End.Silent));
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(() => store.Connectors.ListAsync(default));
        Assert.That(unavailable!.Message, Does.Contain("error -2"));
    }

    // The driver would wait for many seconds.
    [TestCase("connect", true)]
    [TestCase("login", false)]
    [TestCase("write", true)]
    [TestCase("read", false)]
    [TestCase("row", false)]
    public async Task RoundTrip_ServerDoesNotRespond_ThrowsUnavailableAtTimeLimit(string when, bool isWrite)
    {
        using var store = Open(timeLimit: TimeSpan.FromSeconds(0.5));
        switch (when)
        {
            case "connect":
                _server.Gate = new TaskCompletionSource().Task;
                break;
            case "login":
                _server.Logins.Enqueue(TdsServer.Silent);
                break;
            case "row":
                _server.Responses.Enqueue(TdsServer.HalfRow("Reference", End.Silent));
                break;
            default:
                _server.Responses.Enqueue(TdsServer.Silent);
                break;
        }

        var began = Stopwatch.GetTimestamp();
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(() => isWrite ? store.Connectors.AddAsync(Sample.Connector(), default) : store.Connectors.ListAsync(default));
        Assert.That(unavailable!.Message, Is.EqualTo("The database did not respond in time."));
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task QueryAsync_CallerCancelsWhileWaiting_IsCanceled()
    {
        using var caller = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));
        _server.Responses.Enqueue(TdsServer.Silent);
        await Assert.ThrowsAsync<OperationCanceledException>(() => _store.Connectors.ListAsync(caller.Token));
    }

    [Test]
    public async Task AddAsync_ServerStaysDown_ThrowsUnavailableAfterSixAttempts()
    {
        for (var i = 0; i < 20; i++)
        {
            _server.Responses.Enqueue(TdsServer.Error(40613, severity: 20));
        }

        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.Multiple(() =>
        {
            Assert.That(_server.Statements, Has.Count.EqualTo(6));
            Assert.That(_clock.Waited, Is.InRange(TimeSpan.FromTicks(1), TimeSpan.FromSeconds(4)));
            Assert.That(unavailable!.RetryAfter, Is.Null);
        });
    }

    // Otherwise requests that failed at the same time would retry at the same time.
    [Test]
    public async Task AddAsync_Retries_WaitForRandomTimes()
    {
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 10; i++)
        {
            var before = _clock.Waited;
            _server.Responses.Enqueue(TdsServer.Error(40613, severity: 17));
            await AddAsync();
            waits.Add(_clock.Waited - before);
        }

        Assert.That(waits.Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public async Task AddAsync_SlowAttempts_StopsAtTimeLimit()
    {
        _clock.PerReading = TimeSpan.FromSeconds(2.5);
        for (var i = 0; i < 20; i++)
        {
            _server.Responses.Enqueue(TdsServer.Error(40613, severity: 20));
        }

        await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(_server.Statements, Has.Count.EqualTo(2));
    }

    [TestCase(40501, 20)]
    [TestCase(49918, 16)]
    public async Task AddAsync_Throttled_ThrowsUnavailableWithRetryAfter(int number, byte severity)
    {
        _server.Responses.Enqueue(TdsServer.Error(number, severity));
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That((unavailable!.RetryAfter, _server.Statements.Count), Is.EqualTo((TimeSpan.FromSeconds(10), 1)));
    }

    [TestCase(208, 16)]
    [TestCase(8152, 16)]
    public async Task AddAsync_InvalidStatement_ThrowsWithoutRetry(int number, byte severity)
    {
        _server.Responses.Enqueue(TdsServer.Error(number, severity));
        await Assert.ThrowsAsync<SqlException>(AddAsync);
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
    }

    // A full database, a full log, a read-only database, and a command timeout.
    [TestCase(1105, 17)]
    [TestCase(9002, 17)]
    [TestCase(3906, 16)]
    [TestCase(-2, 11)]
    public async Task AddAsync_PermanentError_ThrowsUnavailableWithoutRetry(int number, byte severity)
    {
        _server.Responses.Enqueue(TdsServer.Error(number, severity));
        await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task AddAsync_CallerCancels_DoesNotRetry()
    {
        using var caller = new CancellationTokenSource();
        _clock.OnWait = caller.Cancel;
        _server.Responses.Enqueue(TdsServer.Error(40613, severity: 17));
        await Assert.ThrowsAsync<OperationCanceledException>(() => _store.Payments.AddAsync(Sample.Payment(Sample.Connector().Id), caller.Token));
        Assert.That(_server.Statements, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task SaveAsync_ConnectionBreaksAfterAdjustmentCommit_ReturnsFalse()
    {
        _server.Responses.Enqueue(Broken);
        _server.Responses.Enqueue(KeyExists);
        var connector = Sample.Connector().Id;
        var payment = Sample.Payment(connector, "a");
        var changed = payment.ApplyReport(Sample.Payment(connector, "a", status: PaymentStatus.Succeeded))!;
        Assert.That(await _store.Payments.SaveAsync(payment, changed, default), Is.False);
    }

    [Test]
    public async Task SaveAsync_ConnectionBreaksAfterMetadataCommit_ReturnsFalse()
    {
        _server.Responses.Enqueue(Broken);
        _server.Responses.Enqueue(TdsServer.Written(0));
        var payment = Sample.Payment(Sample.Connector().Id);
        var changed = payment.ChangeMetadata(Sample.Edits(("a", "1")))!;
        Assert.That(await _store.Payments.SaveAsync(payment, changed, default), Is.False);
    }

    [Test]
    public async Task AddAsync_ConnectionBreaksAfterAccountOrConnectorCommit_ReturnsFalse()
    {
        for (var i = 0; i < 2; i++)
        {
            _server.Responses.Enqueue(Broken);
            _server.Responses.Enqueue(KeyExists);
        }

        var connector = Sample.Connector();
        Assert.That(await _store.Accounts.AddAsync(Sample.Account(connector.Id), default), Is.False);
        Assert.That(await _store.Connectors.AddAsync(connector, default), Is.False);
    }

    [Test]
    public async Task AddAsync_TooManyWaiting_ThrowsUnavailableImmediately()
    {
        var gate = new TaskCompletionSource();
        _server.Gate = gate.Task;
        var waiting = Enumerable.Range(0, SqlServerDatabase.MaxConcurrentRoundTrips).Select(_ => AddAsync()).ToList();

        var unavailable = await Assert.ThrowsAsync<UnavailableException>(AddAsync);
        Assert.That(unavailable!.Message, Is.EqualTo("Too many requests are waiting."));

        gate.SetResult();
        Assert.That(await Task.WhenAll(waiting), Is.All.True);
        Assert.That(await AddAsync(), Is.True);
    }

    // The server compiles a plan for each declared length.
    [Test]
    public async Task AddAsync_AnyMetadataAndAccounts_DeclaresSameParameters()
    {
        var connector = Sample.Connector().Id;
        foreach (var entries in (int[])[1, 2, 50])
        {
            var metadata = Metadata.Restore(Enumerable.Range(0, entries).ToDictionary(i => $"{i}", _ => "x"));
            var source = entries == 2 ? Sample.Account(connector).Id : null;
            await _store.Payments.AddAsync(Sample.Payment(connector, source: source, metadata: metadata), default);
        }

        var declared = _server.Statements.Select(statement => Regex.Match(statement, @"@IdHash \w+\([^\0]*?@AdjustmentRaw nvarchar\(\w+\)").Value).ToList();
        Assert.That(declared.Distinct().Count(), Is.EqualTo(1), () => string.Join('\n', declared));
        Assert.That(declared[0], Does.Contain("@Added varbinary(8000)").And.Not.Contains("@OldCreatedAt"), "only parameters of the statements");
    }

    // A time with fewer digits would leave the entries of the old createdAt behind.
    [Test]
    public async Task SaveAsync_PaymentMoves_DeclaresEachTimeWithSevenDigits()
    {
        var connector = Sample.Connector().Id;
        var payment = Sample.Payment(connector, "a", metadata: Metadata.Restore(new Dictionary<string, string> { ["a"] = "1" }));
        await _store.Payments.SaveAsync(payment, payment.ApplyReport(Sample.Payment(connector, "a", status: PaymentStatus.Failed, seconds: -1))!, default);
        var declared = Regex.Matches(_server.Statements.Single(), @"@(\w*CreatedAt|Change|Removed|Added) \w+\(\d+\)").Select(match => match.Value);
        Assert.That(declared, Is.EquivalentTo((string[])
        [
            "@CreatedAt datetime2(7)", "@OldCreatedAt datetime2(7)", "@AdjustmentCreatedAt datetime2(7)",
            "@Change varbinary(8000)", "@Removed varbinary(8000)", "@Added varbinary(8000)",
        ]));
    }

    [Test]
    public void ConnectionString_OperatorSettings_AreKept()
    {
        var settings = new SqlConnectionStringBuilder(new SqlServerConnections("Server=db;Connect Retry Count=3;Pool Blocking Period=AlwaysBlock").ConnectionString);
        Assert.That((settings.ConnectRetryCount, settings.PoolBlockingPeriod), Is.EqualTo((3, PoolBlockingPeriod.AlwaysBlock)));
    }

    private static TestCaseData Read(string name, string column, Func<TestStore, Task> read) => new TestCaseData(column, read).SetArgDisplayNames(name);

    private TestStore Open(string settings = "", TimeSpan? timeLimit = null) => TestStore.OfSqlServer($"{_server.ConnectionString};{settings}", services =>
        services.AddSingleton(provider => new SqlServerDatabase(provider.GetRequiredService<SqlServerConnections>())
        {
            Clock = _clock,
            TimeLimit = timeLimit ?? TimeSpan.FromSeconds(12),
        }));

    private Task<bool> AddAsync() => _store.Payments.AddAsync(Sample.Payment(Sample.Connector().Id), default);

    /// <summary>Ends every wait immediately and adds up how long it would have been.</summary>
    private sealed class SkippingClock : TimeProvider
    {
        private long _now;

        public TimeSpan Waited { get; private set; }

        public TimeSpan PerReading { get; set; }

        public Action OnWait { get; set; } = () => { };

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += PerReading.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waited += dueTime;
            _now += dueTime.Ticks;
            OnWait();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
