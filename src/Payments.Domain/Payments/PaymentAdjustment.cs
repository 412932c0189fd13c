namespace Payments.Domain.Payments;

/// <summary>One step of a payment's life, never changed once written.</summary>
/// <param name="Reference">The provider's reference of the step; the payment's own for its creation and its plain changes of status.</param>
/// <param name="CreatedAt">When the step happened at the provider.</param>
/// <param name="Status">What the payment came to.</param>
/// <param name="Amount">In minor units: the payment's amount, or for <see cref="PaymentStatus.Refunded"/> what was given back.</param>
/// <param name="Raw">What the provider said.</param>
public sealed record PaymentAdjustment(
    PaymentReference Reference, Instant CreatedAt, PaymentStatus Status, MinorUnits Amount, RawJson Raw);
