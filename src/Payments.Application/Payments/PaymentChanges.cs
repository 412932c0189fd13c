using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>How a stored payment is changed while others change it too: read, decide, write; and again where another change came first.</summary>
internal static class PaymentChanges
{
    // Each time a change comes too late another one was in time, so this many losses mean that something is wrong and not merely busy.
    private const int MaxAttempts = 1000;

    /// <summary>The payment as it is stored after the change, and whether the change was stored or found to be there already.</summary>
    /// <param name="payments">Where the payment is kept.</param>
    /// <param name="id">The payment.</param>
    /// <param name="change">Decides the change; null where there is none to make.</param>
    /// <param name="store">Stores what the stored payment was changed to; false where another change came first.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <exception cref="NotFoundException">There is no such payment.</exception>
    public static async Task<RecordedPayment> ChangeAsync(
        this IPaymentRepository payments,
        PaymentId id,
        Func<Payment, Payment?> change,
        Func<Payment, Payment, CancellationToken, Task<bool>> store,
        CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var stored = await payments.FindAsync(id, cancellationToken) ?? throw new NotFoundException("There is no payment of this id.");
            if (change(stored) is not { } changed)
            {
                return new(stored, Replayed: true);
            }

            if (await store(stored, changed, cancellationToken))
            {
                return new(changed, Replayed: false);
            }
        }

        throw new UnavailableException("The payment is being changed by too many requests.");
    }
}

/// <summary>A payment as it is stored now.</summary>
/// <param name="Payment">The payment.</param>
/// <param name="Replayed">Whether the request repeated what was known, so that nothing was written.</param>
public sealed record RecordedPayment(Payment Payment, bool Replayed);
