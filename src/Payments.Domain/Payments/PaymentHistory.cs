using System.Numerics;

namespace Payments.Domain.Payments;

/// <summary>What a payment's history adds up to. <c>docs/history.md</c> explains the rules with examples.</summary>
/// <param name="Status">The status of the payment.</param>
/// <param name="CreatedAt">The earliest time in the history.</param>
/// <param name="InitialAmount">The amount that was authorized, in minor units.</param>
/// <param name="Balance">The captured amount less the refunds, in minor units; below 0 while refunds arrive before their payment.</param>
public readonly record struct PaymentHistory(PaymentStatus Status, Instant CreatedAt, MinorUnits InitialAmount, BigInteger Balance)
{
    /// <summary>Derives the state of a payment from its history, whatever the order in which it was recorded.</summary>
    /// <param name="own">The payment's own reference.</param>
    /// <param name="recorded">The adjustments in the order of recording; at least one is under the payment's own reference.</param>
    public static PaymentHistory Derive(PaymentReference own, IReadOnlyList<PaymentAdjustment> recorded)
    {
        if (recorded is [var only])
        {
            return new(only.Status, only.CreatedAt, only.Amount, only.Status == PaymentStatus.Refunded ? 0 : only.Amount.Value);
        }

        var history = WithoutRepetitions(InOrder(recorded));
        var initial = InitialAmountOf([.. history.Where(adjustment => adjustment.Reference == own)]);
        var captures = history.Where(adjustment => adjustment.Reference != own && (adjustment.Status == PaymentStatus.Succeeded || UndoesCapture(adjustment.Status)))
            .GroupBy(adjustment => adjustment.Reference)
            .Where(capture => capture.Last().Status == PaymentStatus.Succeeded)
            .ToDictionary(capture => capture.Key, capture => capture.Last().Amount.Value);
        var captured = history.LastOrDefault(adjustment => adjustment.Reference == own && adjustment.Status == PaymentStatus.Succeeded)?.Amount.Value
            ?? (captures.Count == 0 ? initial.Value
                : BigInteger.Max(captures.Values.Max(), BigInteger.Min(initial.Value, captures.Values.Aggregate(BigInteger.Add))));
        var refunded = history.Where(adjustment => adjustment.Status is PaymentStatus.Refunded or PaymentStatus.RefundedFailure)
            .GroupBy(adjustment => adjustment.Reference, (_, refund) => refund.Last())
            .Where(refund => refund.Status == PaymentStatus.Refunded)
            .Aggregate(BigInteger.Zero, (sum, refund) => sum + refund.Amount.Value);

        // What ends an authorization or a capture says nothing about a payment of which another capture stands.
        var attempted = history.Where(adjustment => adjustment.Status == PaymentStatus.Succeeded).Select(adjustment => adjustment.Reference).Append(own).ToHashSet();
        var status = history.Last(adjustment =>
            !(UndoesCapture(adjustment.Status) && attempted.Contains(adjustment.Reference) && captures.Keys.Any(capture => capture != adjustment.Reference))).Status;
        return new(status, history[0].CreatedAt, initial, captured - refunded);
    }

    /// <summary>The history oldest first: by createdAt, then by stage, then by the order of recording.</summary>
    public static IEnumerable<PaymentAdjustment> InOrder(IEnumerable<PaymentAdjustment> recorded) =>
        InOrder(recorded, adjustment => adjustment.CreatedAt.Utc, adjustment => adjustment.Status);

    /// <summary>The same order for adjustments in another form.</summary>
    public static IEnumerable<T> InOrder<T>(IEnumerable<T> recorded, Func<T, DateTime> createdAt, Func<T, PaymentStatus> status) =>
        recorded.OrderBy(createdAt).ThenBy(adjustment => Stage(status(adjustment)));

    /// <summary>Whether an adjustment is not after another one in the history, if it was recorded before it.</summary>
    internal static bool IsNotAfter(PaymentAdjustment recorded, PaymentAdjustment other) =>
        (recorded.CreatedAt.Utc, Stage(recorded.Status)).CompareTo((other.CreatedAt.Utc, Stage(other.Status))) <= 0;

    /// <summary>Whether the amount of a status under the payment's own reference must agree with the others; of the rest no money moved.</summary>
    internal static bool HasBindingAmount(PaymentStatus status) =>
        status is PaymentStatus.Pending or PaymentStatus.Succeeded or PaymentStatus.Dispute or PaymentStatus.DisputeWon or PaymentStatus.DisputeLost;

    // Orders events of one instant: what can only follow something else has a higher stage.
    private static int Stage(PaymentStatus status) => status switch
    {
        PaymentStatus.Pending => 0,
        PaymentStatus.Refunded or PaymentStatus.Dispute => 2,
        PaymentStatus.RefundedFailure or PaymentStatus.DisputeWon or PaymentStatus.DisputeLost => 3,
        _ => 1,
    };

    private static bool UndoesCapture(PaymentStatus status) => status is PaymentStatus.Failed or PaymentStatus.Cancelled or PaymentStatus.Expired;

    private static MinorUnits InitialAmountOf(IReadOnlyList<PaymentAdjustment> own) =>
        own.FirstOrDefault(adjustment => HasBindingAmount(adjustment.Status))?.Amount ?? own.MaxBy(adjustment => adjustment.Amount.Value)!.Amount;

    // Under one reference, the status of the adjustment before it says nothing new.
    private static List<PaymentAdjustment> WithoutRepetitions(IEnumerable<PaymentAdjustment> history)
    {
        var last = new Dictionary<PaymentReference, PaymentStatus>();
        var changes = new List<PaymentAdjustment>();
        foreach (var adjustment in history)
        {
            if (!last.TryGetValue(adjustment.Reference, out var status) || status != adjustment.Status)
            {
                changes.Add(adjustment);
            }

            last[adjustment.Reference] = adjustment.Status;
        }

        return changes;
    }
}
