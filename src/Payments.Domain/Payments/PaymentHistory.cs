using System.Numerics;

namespace Payments.Domain.Payments;

/// <summary>The state of a payment, derived from its history. <c>docs/history.md</c> explains the rules with examples. The captured amount is
/// null until a capture is recorded.</summary>
internal readonly record struct PaymentHistory(
    PaymentStatus Status, Instant CreatedAt, MinorUnits InitialAmount, BigInteger? Captured, BigInteger Refunded)
{
    private static readonly PaymentStatus[] Unsuccessful = [PaymentStatus.Failed, PaymentStatus.Cancelled, PaymentStatus.Expired];

    /// <summary>The captured amount, or the initial amount until it is known, less the refunds. It is below 0 while a refund is recorded but its capture is not.</summary>
    public BigInteger Balance => (Captured ?? InitialAmount.Value) - Refunded;

    /// <summary>Derives the state from the adjustments in the order of recording. At least one is under the payment's own reference.</summary>
    public static PaymentHistory Derive(PaymentReference own, IReadOnlyList<PaymentAdjustment> recorded)
    {
        // A shortcut for the most frequent case. The rules below have the same result.
        if (recorded is [var only])
        {
            var amount = only.Amount.Value;
            return new(
                only.Status, only.CreatedAt, only.Amount,
                only.Status == PaymentStatus.Succeeded ? amount : null, only.Status == PaymentStatus.Refunded ? amount : 0);
        }

        var history = WithoutRepetitions(InOrder(recorded));
        var ownHistory = history.FindAll(adjustment => adjustment.Reference == own);
        var initialAmount = (ownHistory.Find(adjustment => HasBindingAmount(adjustment.Status)) ?? ownHistory.MaxBy(adjustment => adjustment.Amount.Value)!).Amount;

        // A SUCCEEDED under another reference is a capture. Captures add up, but not beyond the authorized amount unless one of them exceeds it.
        var captures = Standing(history.Where(adjustment => adjustment.Reference != own), PaymentStatus.Succeeded, Unsuccessful).ToList();
        var captured = ownHistory.FindLast(adjustment => adjustment.Status == PaymentStatus.Succeeded)?.Amount.Value
            ?? (captures.Count == 0 ? (BigInteger?)null
                : BigInteger.Max(captures.Max(capture => capture.Amount.Value), BigInteger.Min(initialAmount.Value, Sum(captures))));
        var refunded = Sum(Standing(history, PaymentStatus.Refunded, PaymentStatus.RefundedFailure));

        // The unsuccessful end of the authorization or of a capture is not the payment's status while a capture stands.
        var attempts = history.Where(adjustment => adjustment.Status == PaymentStatus.Succeeded).Select(adjustment => adjustment.Reference).Append(own).ToHashSet();
        var status = history.FindLast(adjustment => !IsPassedOver(adjustment))!.Status;
        return new(status, history[0].CreatedAt, initialAmount, captured, refunded);

        bool IsPassedOver(PaymentAdjustment adjustment) =>
            captures.Count > 0 && Unsuccessful.Contains(adjustment.Status) && attempts.Contains(adjustment.Reference);
    }

    /// <summary>Sorts adjustments from the oldest to the newest. Those with equal sort keys keep the order of recording.</summary>
    public static IOrderedEnumerable<PaymentAdjustment> InOrder(IEnumerable<PaymentAdjustment> recorded) => recorded.OrderBy(SortKey);

    public static (DateTime CreatedAt, int Stage) SortKey(PaymentAdjustment adjustment) =>
        PaymentAdjustment.SortKey(adjustment.CreatedAt.Utc, adjustment.Status);

    /// <summary>Whether own adjustments with this status must agree on the amount. Refunds have their own rule; with the others, no money moved.</summary>
    public static bool HasBindingAmount(PaymentStatus status) =>
        status is PaymentStatus.Pending or PaymentStatus.Succeeded or PaymentStatus.Dispute or PaymentStatus.DisputeWon or PaymentStatus.DisputeLost;

    // A repetition has the status of the adjustment before it under the same reference.
    private static List<PaymentAdjustment> WithoutRepetitions(IEnumerable<PaymentAdjustment> history)
    {
        var lastStatus = new Dictionary<PaymentReference, PaymentStatus>();
        var changes = new List<PaymentAdjustment>();
        foreach (var adjustment in history)
        {
            if (!lastStatus.TryGetValue(adjustment.Reference, out var last) || last != adjustment.Status)
            {
                changes.Add(adjustment);
                lastStatus[adjustment.Reference] = adjustment.Status;
            }
        }

        return changes;
    }

    // For each reference, its last adjustment with the status, unless one with an undoing status comes after it.
    private static IEnumerable<PaymentAdjustment> Standing(IEnumerable<PaymentAdjustment> history, PaymentStatus status, params PaymentStatus[] undoing) =>
        history.Where(adjustment => adjustment.Status == status || undoing.Contains(adjustment.Status))
            .GroupBy(adjustment => adjustment.Reference, (_, adjustments) => adjustments.Last())
            .Where(last => last.Status == status);

    private static BigInteger Sum(IEnumerable<PaymentAdjustment> adjustments) =>
        adjustments.Aggregate(BigInteger.Zero, (sum, adjustment) => sum + adjustment.Amount.Value);
}
