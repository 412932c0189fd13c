namespace Payments.Domain.Payments;

/// <summary>
/// One event in the history of a payment, with its own time and amount. The reference is the payment's own, or the provider's of a refund, a
/// dispute or a capture.
/// </summary>
public sealed record PaymentAdjustment(PaymentReference Reference, Instant CreatedAt, PaymentStatus Status, MinorUnits Amount, RawJson Raw);
