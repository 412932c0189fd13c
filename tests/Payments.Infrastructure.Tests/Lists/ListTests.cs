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

        // Three items at each of seven times, stored in no order.
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
        // The limits stop an endless loop if a page links to an earlier one.
        var forward = new List<Page<TItem>>();
        for (var request = new PageRequest(size, ascending); request is not null && forward.Count <= _stored.Count; request = forward[^1].Next)
        {
            forward.Add(await ListAsync(request));
        }

        var backward = new List<Page<TItem>>();
        for (var request = forward[^1].Previous; request is not null && backward.Count <= _stored.Count; request = backward[^1].Previous)
        {
            backward.Add(await ListAsync(request));
        }

        var expected = _stored.OrderBy(stored => stored.Seconds).Select(stored => Id(stored.Item)).ToList();
        if (!ascending)
        {
            expected.Reverse();
        }

        Assert.Multiple(() =>
        {
            Assert.That(forward.SelectMany(Ids), Is.EqualTo(expected));
            Assert.That(forward[0].Previous, Is.Null);
            Assert.That(backward.AsEnumerable().Reverse().SelectMany(Ids), Is.EqualTo(forward.SkipLast(1).SelectMany(Ids)));
            Assert.That(backward.Select(page => page.Next), Has.None.Null);
        });
    }

    protected abstract Task<TItem> AddAsync(int seconds);

    protected abstract Task<Page<TItem>> ListAsync(PageRequest request);

    protected abstract string Id(TItem item);

    private IEnumerable<string> Ids(Page<TItem> page) => page.Items.Select(Id);
}
