using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Tests.Connectors;

internal sealed class ConnectorRepositoryTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    [Test]
    public async Task AddAsync_NameInOtherCase_ReturnsFalseWithinProvider()
    {
        var connector = Sample.Connector("wise", "Zürich 😀");
        Assert.Multiple(async () =>
        {
            Assert.That(await Connectors.AddAsync(connector, default), Is.True);
            Assert.That(await Connectors.AddAsync(Sample.Connector("wise", "zÜRICH 😀"), default), Is.False);
            Assert.That(await Connectors.AddAsync(Sample.Connector("wise", "Zurich 😀"), default), Is.True);
            Assert.That(await Connectors.AddAsync(Sample.Connector("adyen", "Zürich 😀"), default), Is.True);
            Assert.That((await Connectors.ListAsync(default)).Count(found => found == connector), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task AddAsync_TwentyTimesConcurrently_AddsOne()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Connectors.AddAsync(Sample.Connector("modulr", "race"), default))));
        Assert.That(added.Count(isAdded => isAdded), Is.EqualTo(1));
    }

    [Test]
    public async Task ListAsync_SeveralConnectors_ReturnsThemInOrderOfInstallation()
    {
        var first = Sample.Connector("generic", "z");
        var second = Sample.Connector("generic", "a");
        await Connectors.AddAsync(first, default);
        await Connectors.AddAsync(second, default);
        Assert.That((await Connectors.ListAsync(default)).Where(connector => connector.Id.Provider.Id == "generic"), Is.EqualTo(new[] { first, second }));
    }

    [Test]
    public async Task ExistsAsync_InstalledAndUnknownId_ReturnsTrueAndFalse()
    {
        var connector = Sample.Connector("mangopay", "one");
        await Connectors.AddAsync(connector, default);
        Assert.Multiple(async () =>
        {
            Assert.That(await Connectors.ExistsAsync(connector.Id, default), Is.True);
            Assert.That(await Connectors.ExistsAsync(Sample.Connector().Id, default), Is.False);
        });
    }

    [Test]
    public async Task FindAsync_InstalledAndUnknownId_ReturnsTheConnectorAndNull()
    {
        var connector = Sample.Connector("mangopay", "two");
        await Connectors.AddAsync(connector, default);
        Assert.Multiple(async () =>
        {
            Assert.That(await Connectors.FindAsync(connector.Id, default), Is.EqualTo(connector));
            Assert.That(await Connectors.FindAsync(Sample.Connector().Id, default), Is.Null);
        });
    }

    [Test]
    public async Task RemoveAsync_UnusedConnector_RemovesItAndFreesItsName()
    {
        var connector = Sample.Connector("atlar", "once");
        var other = Sample.Connector("atlar", "other");
        await Connectors.AddAsync(connector, default);
        await Connectors.AddAsync(other, default);
        Assert.Multiple(async () =>
        {
            Assert.That(await Connectors.RemoveAsync(connector.Id, default), Is.EqualTo(RemoveOutcome.Removed));
            Assert.That(await Connectors.RemoveAsync(connector.Id, default), Is.EqualTo(RemoveOutcome.NotInstalled));
            Assert.That(await Connectors.ExistsAsync(connector.Id, default), Is.False);
            Assert.That(await Connectors.ExistsAsync(other.Id, default), Is.True);
            Assert.That(await Connectors.AddAsync(Sample.Connector("atlar", "once"), default), Is.True);
        });
    }

    [Test]
    public async Task RemoveAsync_ConnectorWithPaymentOrAccount_ReturnsInUse([Values] bool hasPayment)
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        await (hasPayment ? Payments.AddAsync(Sample.Payment(connector.Id), default) : Accounts.AddAsync(Sample.Account(connector.Id), default));
        Assert.Multiple(async () =>
        {
            Assert.That(await Connectors.RemoveAsync(connector.Id, default), Is.EqualTo(RemoveOutcome.InUse));
            Assert.That(await Connectors.ExistsAsync(connector.Id, default), Is.True);
        });
    }

    [Test]
    public async Task RemoveAsync_ConcurrentAdditions_RemovesConnectorOrKeepsAll([Range(1, 10)] int round)
    {
        var connector = Sample.Connector("currencycloud", $"race {round}");
        await Connectors.AddAsync(connector, default);

        var removal = Task.Run(() => Connectors.RemoveAsync(connector.Id, default));
        var additions = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => IsAddedAsync(i % 2 == 0
            ? Payments.AddAsync(Sample.Payment(connector.Id), default)
            : Accounts.AddAsync(Sample.Account(connector.Id), default)))));

        var removed = await removal == RemoveOutcome.Removed;
        Assert.Multiple(async () =>
        {
            Assert.That(additions, Is.All.EqualTo(!removed));
            Assert.That(await Connectors.ExistsAsync(connector.Id, default), Is.Not.EqualTo(removed));
        });

        static async Task<bool> IsAddedAsync(Task<bool> addition)
        {
            try
            {
                return await addition;
            }
            catch (ValidationException)
            {
                return false;
            }
        }
    }

    [Test]
    public async Task WriteAsync_MissingReference_ThrowsForeignKeyException()
    {
        // Another instance can remove the connector between the lookup and the insert. A test cannot time that.
        const string orphan =
            """
            INSERT INTO accounts (id_hash, connector, reference, type, created_at, metadata, raw)
            VALUES (@IdHash, -1, 'acc_1', 'INTERNAL', @CreatedAt, '{}', '{}');
            """;
        var parameters = new { IdHash = IdHash.Of(Guid.NewGuid()), CreatedAt = DateTime.UnixEpoch };
        await Assert.ThrowsAsync<ForeignKeyException>(() => Database.WriteAsync(orphan, parameters, default));
        await Assert.ThrowsAsync<ValidationException>(() => Store.Get<EventWriter>().AddAsync(
            orphan, parameters, new(EventKind.AccountCreated, 0, null, [], new EventDigest()), default));
    }

    [Test]
    public async Task WriteAsync_FailedCheck_ThrowsDbException()
    {
        var connector = Sample.Connector("modulr", "check");
        await Connectors.AddAsync(connector, default);
        var payment = Sample.Payment(connector.Id);
        await Payments.AddAsync(payment, default);
        Assert.That(
            async () => await Database.WriteAsync("UPDATE payments SET amount = '-1' WHERE id_hash = @IdHash;", new { IdHash = IdHash.Of(payment.Id) }, default),
            Throws.InstanceOf<System.Data.Common.DbException>());
    }
}
