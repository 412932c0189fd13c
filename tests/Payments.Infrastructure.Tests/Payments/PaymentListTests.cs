using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Infrastructure.Tests.Payments;

internal sealed class PaymentListTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private readonly List<Payment> _stored = [];
    private ConnectorId _connector = null!;

    [OneTimeSetUp]
    public async Task StoreAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        _connector = connector.Id;

        // Seven instants in no order, three payments at each.
        foreach (var seconds in (int[])[3, 1, 6, 0, 5, 2, 4])
        {
            for (var i = 0; i < 3; i++)
            {
                var payment = Sample.Payment(_connector, seconds: seconds);
                await Payments.AddAsync(payment, default);
                _stored.Add(payment);
            }
        }

        var moved = _stored[0].ApplyReport(Sample.Payment(_connector, _stored[0].Reference.Text, status: PaymentStatus.Failed, seconds: 3))!;
        await Payments.SaveAsync(_stored[0], moved, default);
        _stored[0] = moved;
    }

    [Test]
    public async Task FindPositionAsync_OfAPayment_IsWhereTheListGoesOnBehindIt()
    {
        var all = (await Payments.ListAsync(PaymentFilter.None, new PageRequest(100), default)).Items;
        var position = await Payments.FindPositionAsync(all[4].Id, default);
        var rest = await Payments.ListAsync(PaymentFilter.None, new PageRequest(100, Position: position), default);
        var missing = await Payments.FindPositionAsync(Sample.Payment(_connector).Id, default);
        Assert.Multiple(() =>
        {
            Assert.That(rest.Items.Select(payment => payment.Id), Is.EqualTo(all.Skip(5).Select(payment => payment.Id)));
            Assert.That(missing, Is.Null);
        });
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(7, false)]
    [TestCase(20, true)]
    [TestCase(21, false)]
    [TestCase(22, true)]
    public async Task ListAsync_FromPageToPage_ShowsEveryPaymentOnceAndBackAgain(int size, bool ascending)
    {
        var forwards = new List<Page<Payment>>();
        for (var request = new PageRequest(size, ascending); request is not null; request = forwards[^1].Next)
        {
            forwards.Add(await Payments.ListAsync(PaymentFilter.None, request, default));
        }

        var backwards = new List<Page<Payment>>();
        for (var request = forwards[^1].Previous; request is not null; request = backwards[^1].Previous)
        {
            backwards.Add(await Payments.ListAsync(PaymentFilter.None, request, default));
        }

        var expected = _stored.Select((payment, sequence) => (payment, sequence)).OrderBy(row => row.payment.CreatedAt.Utc).ThenBy(row => row.sequence)
            .Select(row => row.payment.Reference.Text).ToList();
        if (!ascending)
        {
            expected.Reverse();
        }

        Assert.Multiple(() =>
        {
            Assert.That(forwards.SelectMany(References), Is.EqualTo(expected));
            Assert.That(forwards[0].Previous, Is.Null);
            Assert.That(backwards.AsEnumerable().Reverse().SelectMany(References), Is.EqualTo(forwards.SkipLast(1).SelectMany(References)));
            Assert.That(backwards.Select(page => page.Next), Has.None.Null);
        });
    }

    [Test]
    public async Task ListAsync_OfAPaymentThatMovedOn_HasAllItsAdjustments()
    {
        var page = await Payments.ListAsync(PaymentFilter.None, new PageRequest(PageRequest.MaxSize), default);
        var listed = page.Items.Single(payment => payment.Id == _stored[0].Id);
        Assert.Multiple(() =>
        {
            Assert.That(listed.Adjustments, Is.EqualTo(_stored[0].Adjustments));
            Assert.That(page.Next, Is.Null);
        });
    }

    private static IEnumerable<string> References(Page<Payment> page) => page.Items.Select(payment => payment.Reference.Text);
}
