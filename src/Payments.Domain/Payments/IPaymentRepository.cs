namespace Payments.Domain.Payments;

/// <summary>Where payments are kept. What is acknowledged is on disk, and nothing is ever half-written.</summary>
public interface IPaymentRepository
{
    /// <summary>Stores a payment and its first adjustment; of several at once with the same id, one is added.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<AddOutcome> AddAsync(Payment payment, CancellationToken cancellationToken);

    /// <summary>Stores the adjustment that the payment was moved on by; false where another one took its place meanwhile.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<bool> AppendAsync(Payment payment, CancellationToken cancellationToken);

    /// <summary>Stores the metadata that the stored payment was changed to; false where another change of the payment came first.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<bool> SaveMetadataAsync(Payment stored, Payment changed, CancellationToken cancellationToken);

    /// <summary>A page of a filter's payments by <c>createdAt</c>. However deep it is, it costs what the first one costs.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<Page<Payment>> ListAsync(PaymentFilter filter, PageRequest request, CancellationToken cancellationToken);

    /// <summary>Where a payment is in the list, or null.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<PagePosition?> FindPositionAsync(PaymentId id, CancellationToken cancellationToken);

    /// <summary>A payment with all its adjustments, or null.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken);
}
