using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

/// <summary>Reads a page of the payments that a filter matches. SQLite has no statistics, so its implementation chooses the indexes.</summary>
internal interface IPaymentPages
{
    /// <summary>Reads the rows of the payments' adjustments, in the order of the list.</summary>
    Task<T> ReadAsync<T>(PaymentFilter filter, PageStart start, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken);
}
