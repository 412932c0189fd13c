namespace Payments.Application.Payments;

/// <summary>Reads payments for responses.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IPaymentReader
{
    /// <summary>How many bytes the raws of a page can have together. A page ends before the payment that exceeds it, but has at least one payment.</summary>
    const int MaxPageBytes = 8 * 1024 * 1024;

    /// <summary>Returns a payment with its history, or null if it does not exist.</summary>
    Task<StoredPayment?> FindAsync(PaymentId id, CancellationToken cancellationToken);

    /// <summary>Returns a page of the payments that a filter matches, ordered by createdAt. The cost does not grow with the depth of the page.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="request">The page.</param>
    /// <param name="convert">Converts each payment as soon as it is read, so that a page keeps only the results. It is also called for payments
    /// that are not on the page, and again for all of them if the connection breaks.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    Task<Page<T>> ListAsync<T>(PaymentFilter filter, PageRequest request, Func<StoredPayment, T> convert, CancellationToken cancellationToken);

    /// <summary>Returns the position of a payment in the list, or null if it does not exist.</summary>
    Task<PaymentPosition?> FindPositionAsync(PaymentId id, CancellationToken cancellationToken);
}

/// <summary>The position of a payment in lists, and whether an earlier createdAt than that of its first report has moved it.</summary>
public sealed record PaymentPosition(PagePosition Position, bool HasMoved);
