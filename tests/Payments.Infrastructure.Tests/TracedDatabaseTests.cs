using System.Diagnostics;
using Payments.Domain;
using Payments.Domain.Payments;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Tests;

internal sealed class TracedDatabaseTests
{
    private readonly List<Activity> _spans = [];
    private ActivityListener _listener = null!;
    private SqliteTestDatabase _store = null!;
    private TracedDatabase _database = null!;

    [SetUp]
    public void Listen()
    {
        _spans.Clear();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Payments",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (_spans)
                {
                    _spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _store = new SqliteTestDatabase();
        _database = new TracedDatabase(_store.Open());
    }

    [TearDown]
    public void Stop()
    {
        _listener.Dispose();
        _database.Dispose();
        _store.Dispose();
    }

    [Test]
    public async Task RoundTrip_OfEachKind_IsNamedByItsOperationAndTable()
    {
        var connectors = new ConnectorRepository(_database);
        var payments = new PaymentRepository(_database);
        var connector = Sample.Connector();
        await connectors.AddAsync(connector, default);
        await connectors.ExistsAsync(connector.Id, default);
        var payment = Sample.Payment(connector.Id);
        await payments.AddAsync(payment, default);
        await payments.FindAsync(payment.Id, default);
        await payments.ListAsync(PaymentFilter.None, new PageRequest(15), default);
        await new AccountRepository(_database).ListAsync(new PageRequest(15), default);
        await connectors.RemoveAsync(connector.Id, default);

        Assert.That(
            _spans.Where(span => span.Kind == ActivityKind.Client).Select(span => span.DisplayName),
            Is.EqualTo((string[])["INSERT connectors", "SELECT connectors", "INSERT payments", "SELECT payments", "SELECT payments", "SELECT accounts", "DELETE connectors"]));
        Assert.That(_spans[0].DisplayName, Is.EqualTo("commit"));
    }

    [Test]
    public async Task Write_HasWhatTheConventionsAskForAndItsCommitWithinIt()
    {
        await new ConnectorRepository(_database).AddAsync(Sample.Connector(), default);

        var (commit, write) = (_spans[0], _spans[1]);
        Assert.Multiple(() =>
        {
            Assert.That(write.TagObjects, Is.EquivalentTo(new KeyValuePair<string, object?>[]
            {
                new("db.system.name", "sqlite"), new("db.operation.name", "INSERT"), new("db.collection.name", "connectors"), new("db.query.summary", "INSERT connectors"),
            }));
            Assert.That(commit.ParentSpanId, Is.EqualTo(write.SpanId));
            Assert.That(commit.GetTagItem("db.operation.batch.size"), Is.EqualTo(1));
            Assert.That(commit.StartTimeUtc, Is.GreaterThanOrEqualTo(write.StartTimeUtc));
        });
    }

    [Test]
    public async Task Write_OfAKeyThatIsTaken_IsNoError()
    {
        var connector = Sample.Connector();
        var connectors = new ConnectorRepository(_database);
        await connectors.AddAsync(connector, default);
        Assert.That(await connectors.AddAsync(connector, default), Is.False);
        Assert.That(_spans.Select(span => span.Status), Is.All.EqualTo(ActivityStatusCode.Unset));
    }

    [Test]
    public async Task RoundTrip_ThatFails_IsAnErrorByItsType()
    {
        var refused = await Assert.ThrowsAsync<UnavailableException>(() => _database.WriteAsync("PRAGMA query_only = 1; UPDATE write_probe SET writes = 0;", new { }, default));
        Assert.That(refused!.Message, Is.EqualTo("The database could not be written to: attempt to write a readonly database."));
        var failed = _spans.Single(span => span.Kind == ActivityKind.Client);
        Assert.That(
            (failed.Status, failed.StatusDescription, failed.GetTagItem("error.type")),
            Is.EqualTo((ActivityStatusCode.Error, (string?)null, "Payments.Domain.UnavailableException")));
    }

    [Test]
    public async Task RoundTrip_WithoutAListener_HasNoSpan()
    {
        _listener.Dispose();
        await new ConnectorRepository(_database).AddAsync(Sample.Connector(), default);
        Assert.That(_spans, Is.Empty);
    }
}
