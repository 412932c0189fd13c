using Payments.Domain;
using Payments.Domain.Accounts;

namespace Payments.Infrastructure.Tests.Accounts;

internal sealed class AccountListTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private readonly List<AccountId> _stored = [];

    [OneTimeSetUp]
    public async Task StoreAsync()
    {
        var connector = Sample.Connector();
        var other = Sample.Connector("wise");
        await Connectors.AddAsync(connector, default);
        await Connectors.AddAsync(other, default);

        // Seven instants in no order, three accounts at each.
        foreach (var seconds in (int[])[3, 1, 6, 0, 5, 2, 4])
        {
            for (var i = 0; i < 3; i++)
            {
                var account = Sample.Account(i == 1 ? other.Id : connector.Id, $"{seconds}.{i}", seconds: seconds);
                await Accounts.AddAsync(account, default);
                _stored.Add(account.Id);
            }
        }
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(7, false)]
    [TestCase(20, true)]
    [TestCase(21, false)]
    [TestCase(22, true)]
    public async Task ListAsync_FromPageToPage_ShowsEveryAccountOnceAndBackAgain(int size, bool ascending)
    {
        // A fault may turn a walk round in circles, so none goes on beyond a page for each account.
        var forwards = new List<Page<Account>>();
        for (var request = new PageRequest(size, ascending); request is not null && forwards.Count <= _stored.Count; request = forwards[^1].Next)
        {
            forwards.Add(await Accounts.ListAsync(request, default));
        }

        var backwards = new List<Page<Account>>();
        for (var request = forwards[^1].Previous; request is not null && backwards.Count <= _stored.Count; request = backwards[^1].Previous)
        {
            backwards.Add(await Accounts.ListAsync(request, default));
        }

        var expected = _stored.OrderBy(id => id.Reference.Text, StringComparer.Ordinal).ToList();
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

    private static IEnumerable<AccountId> Ids(Page<Account> page) => page.Items.Select(account => account.Id);
}
