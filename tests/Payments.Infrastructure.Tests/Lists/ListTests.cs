using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Infrastructure.Tests.Lists;

/// <summary>Tests of any list.</summary>
internal abstract class ListTests<TDatabase, TItem> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private readonly List<(int Seconds, TItem Item)> _stored = [];

    protected ConnectorId Connector { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StoreAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        Connector = connector.Id;

        // Seven instants in no order, three items at each.
        foreach (var seconds in (int[])[3, 1, 6, 0, 5, 2, 4])
        {
            for (var i = 0; i < 3; i++)
            {
                _stored.Add((seconds, await AddAsync(seconds)));
            }
        }
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(7, false)]
    [TestCase(20, true)]
    [TestCase(21, false)]
    [TestCase(22, true)]
    public async Task ListAsync_ForwardThenBackward_ReturnsEachItemOnceInOrder(int size, bool ascending)
    {
        // The limit stops a walk that a fault leads in circles.
        var forwards = new List<Page<TItem>>();
        for (var request = new PageRequest(size, ascending); request is not null && forwards.Count <= _stored.Count; request = forwards[^1].Next)
        {
            forwards.Add(await ListAsync(request));
        }

        var backwards = new List<Page<TItem>>();
        for (var request = forwards[^1].Previous; request is not null && backwards.Count <= _stored.Count; request = backwards[^1].Previous)
        {
            backwards.Add(await ListAsync(request));
        }

        var expected = _stored.OrderBy(stored => stored.Seconds).Select(stored => Id(stored.Item)).ToList();
        if (!ascending)
        {
            expected.Reverse();
        }

        Assert.Multiple(() =>
        {
            Assert.That(forwards.SelectMany(Ids), Is.EqualTo(expected));
            Assert.That(forwards[0].Previous, Is.Null);
            Assert.That(backwards.AsEnumerable().Reverse().SelectMany(Ids), Is.EqualTo(forwards.SkipLast(1).SelectMany(Ids)));
            Assert.That(backwards.Select(page => page.Next), Has.None.Null);
        });
    }

    protected abstract Task<TItem> AddAsync(int seconds);

    protected abstract Task<Page<TItem>> ListAsync(PageRequest request);

    protected abstract string Id(TItem item);

    private IEnumerable<string> Ids(Page<TItem> page) => page.Items.Select(Id);
}
