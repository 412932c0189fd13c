namespace Payments.Application.Payments;

/// <summary>A payment as it is recorded now, and the effect of the command.</summary>
public sealed record RecordedPayment(Payment Payment, RecordOutcome Outcome);

/// <summary>Changes a stored payment with optimistic concurrency.</summary>
internal static class PaymentChanges
{
    // An attempt fails only if another change succeeds, so this number of failures indicates a bug rather than load.
    private const int MaxAttempts = 1000;

    /// <summary>Applies <paramref name="change"/> to the stored payment, again if another change was stored first. Null means no change.</summary>
    /// <exception cref="NotFoundException">The payment does not exist.</exception>
    public static async Task<RecordedPayment> ChangeAsync(
        this IPaymentRepository payments, PaymentId id, Func<Payment, Payment?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var stored = await payments.FindAsync(id, cancellationToken) ?? throw new NotFoundException("No payment has this id.");
            if (change(stored) is not { } changed)
            {
                return new(stored, RecordOutcome.Replayed);
            }

            if (await payments.SaveAsync(stored, changed, cancellationToken))
            {
                return new(changed, changed.AdjustmentCount > stored.AdjustmentCount ? RecordOutcome.Adjusted : RecordOutcome.Updated);
            }
        }

        throw new UnavailableException("Too many requests are changing the payment.");
    }

    /// <summary>Returns the change if the stored payment is in one of the versions; null for any version.</summary>
    /// <exception cref="PreconditionFailedException">The payment is in another version.</exception>
    public static Payment? IfExpected(this Payment? changed, Payment stored, IReadOnlyList<string>? versions) =>
        // If nothing changes, the version does not matter: this can be a retry after a lost response (RFC 9110, 13.1.1).
        changed is null || versions?.Contains(stored.Version) is not false
            ? changed
            : throw new PreconditionFailedException("The payment has changed since the expected version. Read it again.");
}
