using System.Numerics;
using Payments.Application.Totals;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Totals;

public sealed class StatusTotalsTests
{
    [Test]
    public void RefundedShare_FarMoreRefundedThanInitial_IsLimited()
    {
        var totals = new StatusTotals();
        totals.Add(PaymentStatus.Refunded, new(1, 1, 0, BigInteger.Pow(10, 37)));

        Assert.That(totals.RefundedShare, Is.EqualTo((decimal)long.MaxValue / 1_000_000));
    }
}
