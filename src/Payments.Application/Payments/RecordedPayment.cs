using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>A payment as it is stored now, and what the command changed.</summary>
public sealed record RecordedPayment(Payment Payment, RecordOutcome Outcome);

/// <summary>Changes a stored payment while others change it too: read, decide, write, and start again if another change came first.</summary>
internal static class PaymentChanges
{
    // Each lost attempt means that another change succeeded, so this many mean a fault rather than load.
    private const int MaxAttempts = 1000;

    /// <summary>Stores the change that <paramref name="change"/> makes of the stored payment; null from it means that there is none to make.</summary>
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
}
