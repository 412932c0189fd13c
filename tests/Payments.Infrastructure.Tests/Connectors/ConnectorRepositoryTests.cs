namespace Payments.Infrastructure.Tests.Connectors;

internal sealed class ConnectorRepositoryTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    [Test]
    public async Task AddAsync_OfAName_IsUniqueWithinTheProviderIgnoringCase()
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
    public async Task AddAsync_TwentyTimesAtOnce_AddsOne()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Connectors.AddAsync(Sample.Connector("modulr", "race"), default))));
        Assert.That(added.Count(won => won), Is.EqualTo(1));
    }

    [Test]
    public async Task ListAsync_IsInTheOrderOfInstallation()
    {
        var first = Sample.Connector("generic", "z");
        var second = Sample.Connector("generic", "a");
        await Connectors.AddAsync(first, default);
        await Connectors.AddAsync(second, default);
        Assert.That((await Connectors.ListAsync(default)).Where(connector => connector.Id.Provider.Id == "generic"), Is.EqualTo(new[] { first, second }));
    }

    [Test]
    public async Task ExistsAsync_KnowsWhatIsInstalled()
    {
        var connector = Sample.Connector("mangopay", "one");
        await Connectors.AddAsync(connector, default);
        Assert.Multiple(async () =>
        {
            Assert.That(await Connectors.ExistsAsync(connector.Id, default), Is.True);
            Assert.That(await Connectors.ExistsAsync(Sample.Connector().Id, default), Is.False);
        });
    }
}
