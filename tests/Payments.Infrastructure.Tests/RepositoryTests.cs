using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Infrastructure.Tests;

/// <summary>Tests of any repository for what a connector reports.</summary>
internal abstract class RepositoryTests<TDatabase, TItem> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    protected ConnectorId Connector { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task InstallAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        Connector = connector.Id;
    }

    [Test]
    public Task AddAsync_SmallestValues_AreReadBack() => AssertRoundTripAsync(Smallest());

    [Test]
    public Task AddAsync_LargestValues_AreReadBack() => AssertRoundTripAsync(Largest());

    [Test]
    public async Task AddAsync_ReferenceInOtherCase_AddsAnotherItem()
    {
        await AssertRoundTripAsync(Create(Connector, "case"));
        await AssertRoundTripAsync(Create(Connector, "CASE"));
    }

    [Test]
    public async Task AddAsync_IdExists_ReturnsFalseAndWritesNothing()
    {
        var stored = Create(Connector, "twice");
        await AddAsync(stored);
        Assert.That(await AddAsync(CreateOther(Connector, "twice")), Is.False);
        await AssertStoredAsync(stored);
    }

    [Test]
    public async Task AddAsync_ConnectorNotInstalled_ThrowsAndWritesNothing()
    {
        var item = Create(Sample.Connector().Id);
        await Assert.ThrowsAsync<ValidationException>(() => AddAsync(item));
        Assert.That(await FindAsync(item), Is.Null);
    }

    [Test]
    public async Task AddAsync_FiftyTimesConcurrently_ReturnsTrueOnce()
    {
        var item = Create(Connector);
        var added = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => AddAsync(item))));
        Assert.That(added.Count(isAdded => isAdded), Is.EqualTo(1));
        await AssertStoredAsync(item);
    }

    [Test]
    public async Task FindAsync_NotStored_ReturnsNull() => Assert.That(await FindAsync(Create(Connector)), Is.Null);

    protected abstract TItem Smallest();

    protected abstract TItem Largest();

    protected abstract TItem Create(ConnectorId connector, string? reference = null);

    /// <summary>An item with other values than <see cref="Create"/>.</summary>
    protected abstract TItem CreateOther(ConnectorId connector, string reference);

    protected abstract Task<bool> AddAsync(TItem item);

    protected abstract Task<TItem?> FindAsync(TItem item);

    /// <summary>All values of an item as text.</summary>
    protected abstract string Describe(TItem item);

    protected async Task AssertRoundTripAsync(TItem item)
    {
        Assert.That(await AddAsync(item), Is.True);
        await AssertStoredAsync(item);
    }

    protected async Task AssertStoredAsync(TItem item) => Assert.That(Describe((await FindAsync(item))!), Is.EqualTo(Describe(item)));
}
