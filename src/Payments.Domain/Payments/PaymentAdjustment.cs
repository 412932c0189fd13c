namespace Payments.Domain.Payments;

/// <summary>One event in the history of a payment. It never changes.</summary>
/// <param name="Reference">The payment's own reference, or the provider's reference of a refund, a dispute or a capture.</param>
/// <param name="CreatedAt">The provider's time of the event.</param>
/// <param name="Status">The status that the event reports.</param>
/// <param name="Amount">The amount of the event in minor units: of the payment, the refund, the dispute or the capture.</param>
/// <param name="Raw">The provider's object.</param>
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
