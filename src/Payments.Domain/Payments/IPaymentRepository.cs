namespace Payments.Domain.Payments;

/// <summary>Stores payments. A write that returned is on disk, and nothing is ever half-written.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IPaymentRepository
{
    /// <summary>The number of concurrent writes beyond which throughput does not grow; more writes only delay other requests.</summary>
    int MaxConcurrentWrites { get; }

    /// <summary>Stores a new payment; false if one with this id already exists. Of several concurrent calls, one returns true.</summary>
    /// <exception cref="ValidationException">The connector is not installed.</exception>
    Task<bool> AddAsync(Payment payment, CancellationToken cancellationToken);

    /// <summary>Stores a change; false if the stored payment changed after it was read.</summary>
    /// <param name="stored">The payment as it was read.</param>
    /// <param name="changed">The payment after one change: at most one more adjustment, and the next revision.</param>
    /// <param name="cancellationToken">Cancels the wait for the response. After a cancellation, the write may or may not take effect.</param>
    Task<bool> SaveAsync(Payment stored, Payment changed, CancellationToken cancellationToken);

    /// <summary>Returns a payment with its history, or null if it does not exist.</summary>
    Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken);
}
