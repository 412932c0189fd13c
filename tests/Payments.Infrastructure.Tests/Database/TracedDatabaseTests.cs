using System.Diagnostics;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Infrastructure.Tests.Database;

internal sealed class TracedDatabaseTests
{
    private readonly List<Activity> _spans = [];
    private ActivityListener _listener = null!;
    private SqliteTestDatabase _file = null!;

    private TestStore Store => _file.Store;

    [SetUp]
    public void Listen()
    {
        _file = new SqliteTestDatabase();
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
    }

    [TearDown]
    public void Stop()
    {
        _listener.Dispose();
        _file.Dispose();
    }

    [Test]
    public async Task RoundTrip_EachOperation_NamesSpanByOperationAndTable()
    {
        var connector = Sample.Connector();
        await Store.Connectors.AddAsync(connector, default);
        await Store.Connectors.ExistsAsync(connector.Id, default);
        var payment = Sample.Payment(connector.Id);
        await Store.Payments.AddAsync(payment, default);
        await Store.Payments.FindAsync(payment.Id, default);
        await Store.ListPaymentsAsync(PaymentFilter.None, new PageRequest(15), default);
        await Store.Accounts.ListAsync(new PageRequest(15), default);
        await Store.Connectors.RemoveAsync(connector.Id, default);

        Assert.That(
            _spans.Where(span => span.Kind == ActivityKind.Client).Select(span => span.DisplayName),
            Is.EqualTo((string[])["INSERT connectors", "SELECT connectors", "INSERT payments", "SELECT payments", "SELECT payments", "SELECT accounts", "INSERT uninstalled_connectors"]));
        Assert.That(_spans[0].DisplayName, Is.EqualTo("commit"));
    }

    [Test]
    public async Task Write_Succeeds_HasConventionalTagsAndCommitAsChild()
    {
        await Store.Connectors.AddAsync(Sample.Connector(), default);

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
    public async Task Write_KeyExists_IsNoError()
    {
        var connector = Sample.Connector();
        await Store.Connectors.AddAsync(connector, default);
        Assert.That(await Store.Connectors.AddAsync(connector, default), Is.False);
        Assert.That(_spans.Select(span => span.Status), Is.All.EqualTo(ActivityStatusCode.Unset));
    }

    [Test]
    public async Task Write_Fails_IsErrorWithItsType()
    {
        var unavailable = await Assert.ThrowsAsync<UnavailableException>(() => Store.Database.WriteAsync("PRAGMA query_only = 1; UPDATE write_probe SET writes = 0;", new { }, null, default));
        Assert.That(unavailable!.Message, Is.EqualTo("The database could not be written to: attempt to write a readonly database."));
        var failed = _spans.Single(span => span.Kind == ActivityKind.Client);
        Assert.That(
            (failed.Status, failed.StatusDescription, failed.GetTagItem("error.type")),
            Is.EqualTo((ActivityStatusCode.Error, (string?)null, "Payments.Domain.UnavailableException")));
    }

    [Test]
    public async Task RoundTrip_NoListener_HasNoSpan()
    {
        _listener.Dispose();
        await Store.Connectors.AddAsync(Sample.Connector(), default);
        Assert.That(_spans, Is.Empty);
    }
}
