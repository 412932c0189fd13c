using System.Numerics;

namespace Payments.Application.Totals;

/// <summary>A number of payments of one asset, and the exact sums of their amounts in minor units. A sum can have more digits than an amount.</summary>
/// <param name="Count">The number of payments.</param>
/// <param name="InitialAmount">The sum of the initial amounts.</param>
/// <param name="Amount">The sum of what is left.</param>
/// <param name="Refunded">The sum of what is refunded.</param>
public readonly record struct PaymentTotal(long Count, BigInteger InitialAmount, BigInteger Amount, BigInteger Refunded)
{
    /// <summary>Adds two totals.</summary>
    public static PaymentTotal operator +(PaymentTotal left, PaymentTotal right) => new(
        left.Count + right.Count, left.InitialAmount + right.InitialAmount, left.Amount + right.Amount, left.Refunded + right.Refunded);

    /// <summary>Subtracts a total.</summary>
    public static PaymentTotal operator -(PaymentTotal left, PaymentTotal right) => new(
        left.Count - right.Count, left.InitialAmount - right.InitialAmount, left.Amount - right.Amount, left.Refunded - right.Refunded);
}

/// <summary>The totals of some payments of one asset and type, by status.</summary>
public sealed class StatusTotals
{
    private static readonly PaymentStatus[] Unsuccessful = [PaymentStatus.Failed, PaymentStatus.Cancelled, PaymentStatus.Expired];
    private static readonly PaymentStatus[] Undecided = [PaymentStatus.Pending, PaymentStatus.Other];

    private readonly PaymentTotal[] _totals = new PaymentTotal[Enum.GetValues<PaymentStatus>().Length + 1];

    /// <summary>The statuses that a payment has, in the order of the contract.</summary>
    public IEnumerable<PaymentStatus> Statuses => Enum.GetValues<PaymentStatus>().Where(status => this[status].Count > 0);
    /// <summary>The total of a status; zero if no payment has it.</summary>
    public PaymentTotal this[PaymentStatus status] => _totals[(int)status];
    /// <summary>The total of all payments.</summary>
    public PaymentTotal All => Sum(_ => true);
    /// <summary>The total of all payments except those that failed, were canceled or expired, because these moved no money.</summary>
    public PaymentTotal Volume => Sum(status => !Unsuccessful.Contains(status));
    /// <summary>The part of the decided payments that succeeded, also if they were refunded or disputed later; null if none is decided.</summary>
    public decimal? SucceededShare => Share(Sum(IsSucceeded).Count, Sum(status => !Undecided.Contains(status)).Count);
    /// <summary>The part of all payments that failed, were canceled or expired; null if there are none.</summary>
    public decimal? FailedShare => Share(Sum(Unsuccessful.Contains).Count, All.Count);
    /// <summary>The part of the volume that is refunded; null if there is none.</summary>
    public decimal? RefundedShare => Share(Volume.Refunded, Volume.InitialAmount);

    /// <summary>Adds payments with a status.</summary>
    public void Add(PaymentStatus status, PaymentTotal total) => _totals[(int)status] += total;

    private static bool IsSucceeded(PaymentStatus status) => !Unsuccessful.Contains(status) && !Undecided.Contains(status);

    private PaymentTotal Sum(Func<PaymentStatus, bool> isIncluded) =>
        Statuses.Where(isIncluded).Aggregate(default(PaymentTotal), (sum, status) => sum + this[status]);

    // To six digits. The division of whole numbers is exact for sums of any size. More can be refunded than the initial amounts, because a capture can
    // exceed them; the limit keeps such a share within a decimal.
    private static decimal? Share(BigInteger part, BigInteger whole) =>
        whole == 0 ? null : (decimal)BigInteger.Min(part * 1_000_000 / whole, long.MaxValue) / 1_000_000;
}
