namespace Payments.Domain.Payments;

/// <summary>One event in the history of a payment, with its own time and amount. The reference is the
/// payment's own, or the provider's of a refund, a dispute or a capture.</summary>
public sealed record PaymentAdjustment(PaymentReference Reference, Instant CreatedAt, PaymentStatus Status, MinorUnits Amount, RawJson Raw)
{
    /// <summary>Orders adjustments by createdAt, then by stage: a status that can only follow another one has a higher stage.</summary>
    public static (DateTime CreatedAt, int Stage) SortKey(DateTime createdAt, PaymentStatus status) => (createdAt, status switch
    {
        PaymentStatus.Pending => 0,
        PaymentStatus.Refunded or PaymentStatus.Dispute => 2,
        PaymentStatus.RefundedFailure or PaymentStatus.DisputeWon or PaymentStatus.DisputeLost => 3,
        _ => 1,
    });
}
