using Payments.Application.Payments;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

internal sealed class PaymentReader(IDatabase database, IPaymentPages pages) : IPaymentReader
{
    public Task<StoredPayment?> FindAsync(PaymentId id, CancellationToken cancellationToken) => database.FindPaymentAsync(id, cancellationToken);

    public async Task<Page<T>> ListAsync<T>(
        PaymentFilter filter, PageRequest request, Func<StoredPayment, T> convert, CancellationToken cancellationToken)
    {
        var (rows, isCut) = await pages.ReadAsync(
            filter,
            PageStart.Of(request),
            (reader, stop) => PaymentRows.ReadAsync(
                reader, payment => (convert(payment), payment.CreatedAt, payment.Sequence), IPaymentReader.MaxPageBytes, stop),
            cancellationToken);
        var page = request.ToPage(rows, row => new(Instant.OfUtc(row.CreatedAt), row.Sequence), isCut);
        return new([.. page.Items.Select(row => row.Item1)], page.Next, page.Previous);
    }

    public async Task<PaymentPosition?> FindPositionAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync<(DateTime CreatedAt, long Sequence, DateTime FirstCreatedAt)>(
            PaymentSql.FindPosition, new { IdHash = IdHash.Of(id) }, cancellationToken);
        return rows is [var row] ? new(new(Instant.OfUtc(row.CreatedAt), row.Sequence), HasMoved: row.CreatedAt != row.FirstCreatedAt) : null;
    }
}

/// <summary>Reads a page of the payments that a filter matches. SQLite has no statistics, so its implementation chooses the indexes.</summary>
internal interface IPaymentPages
{
    /// <summary>Reads the rows of the payments' adjustments, in the order of the list.</summary>
    Task<T> ReadAsync<T>(PaymentFilter filter, PageStart start, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken);
}
