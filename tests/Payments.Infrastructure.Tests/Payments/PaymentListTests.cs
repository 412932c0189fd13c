using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;
using Payments.Infrastructure.Tests.Lists;

namespace Payments.Infrastructure.Tests.Payments;

internal sealed class PaymentListTests<TDatabase> : ListTests<TDatabase, Payment>
    where TDatabase : ITestDatabase
{
    private Payment _failed = null!;

    [Test]
    public async Task FindPositionAsync_StoredPayment_ReturnsPositionBeforeNext()
    {
        var all = (await ListAsync(new PageRequest(100))).Items;
        var position = await Store.Reader.FindPositionAsync(all[4].Id, default);
        var rest = await ListAsync(new PageRequest(100, Position: position!.Position));
        var missing = await Store.Reader.FindPositionAsync(Sample.Payment(Connector).Id, default);
        Assert.Multiple(() =>
        {
            Assert.That(rest.Items.Select(payment => payment.Id), Is.EqualTo(all.Skip(5).Select(payment => payment.Id)));
            Assert.That(missing, Is.Null);
        });
    }

    [Test]
    public async Task ListAsync_PaymentWithTwoAdjustments_HasBoth()
    {
        var page = await ListAsync(new PageRequest(PageRequest.MaxSize));
        Assert.Multiple(() =>
        {
            Assert.That(page.Items.Single(payment => payment.Id == _failed.Id).Adjustments, Is.EqualTo(_failed.Adjustments));
            Assert.That(page.Next, Is.Null);
        });
    }

    [Test]
    public async Task ListAsync_RawsLargerThanPage_EndsPageEarlyInBothDirections()
    {
        var filter = new PaymentFilter.OneOf(PaymentField.Asset, ["XAU/2"]);
        var raw = $$"""{"x":"{{new string('ü', IPaymentReader.MaxPageBytes / 6)}}"}""";
        for (var i = 0; i < 5; i++)
        {
            await Payments.AddAsync(Sample.Payment(Connector, $"{i}", seconds: i, raw: i == 3 ? raw + raw + raw : raw, asset: "XAU/2"), default);
        }

        var forward = new List<string>();
        var backward = new List<string>();
        Page<string>? page = null;
        for (PageRequest? request = new(100); request is not null; request = page.Next)
        {
            page = await Store.Reader.ListAsync(filter, request, payment => payment.Reference, default);
            forward.Add(string.Concat(page.Items));
        }

        for (var request = page!.Previous; request is not null; request = page.Previous)
        {
            page = await Store.Reader.ListAsync(filter, request, payment => payment.Reference, default);
            backward.Add(string.Concat(page.Items));
        }

        Assert.Multiple(() =>
        {
            Assert.That(forward, Is.EqualTo((string[])["4", "3", "21", "0"]));
            Assert.That(backward, Is.EqualTo((string[])["21", "3", "4"]));
        });
    }

    protected override async Task<Payment> AddAsync(int seconds)
    {
        var payment = Sample.Payment(Connector, seconds: seconds);
        await Payments.AddAsync(payment, default);
        if (_failed is null)
        {
            _failed = payment.ApplyReport(Sample.Payment(Connector, payment.Reference.Text, status: PaymentStatus.Failed, seconds: seconds))!;
            await Payments.SaveAsync(payment, _failed, default);
        }

        return payment;
    }

    protected override Task<Page<Payment>> ListAsync(PageRequest request) => Store.ListPaymentsAsync(PaymentFilter.None, request, default);

    protected override string Id(Payment item) => item.Id.ToString();
}
