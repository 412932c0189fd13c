namespace Payments.Domain.Payments;

/// <summary>One event in the history of a payment. It never changes.</summary>
/// <param name="Reference">The payment's own reference, or the provider's reference of a refund, a dispute or a capture.</param>
/// <param name="CreatedAt">The provider's time of the event.</param>
/// <param name="Status">The status that the event reports.</param>
/// <param name="Amount">The amount of the event in minor units: of the payment, the refund, the dispute or the capture.</param>
/// <param name="Raw">The provider's object.</param>
public sealed record PaymentAdjustment(PaymentReference Reference, Instant CreatedAt, PaymentStatus Status, MinorUnits Amount, RawJson Raw);
