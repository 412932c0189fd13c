using System.Numerics;
using Payments.Application.Totals;

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
