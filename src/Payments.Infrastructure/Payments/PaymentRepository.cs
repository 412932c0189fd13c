using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

internal sealed class PaymentRepository(IDatabase database) : IPaymentRepository
{
    public int MaxConcurrentWrites => database.MaxConcurrentWrites;

    public Task<bool> AddAsync(Payment payment, CancellationToken cancellationToken)
    {
        var entries = MetadataEntry.All(payment.Metadata.Entries);
        return database.AddAsync(
            entries.Length == 0 ? PaymentSql.Add : PaymentSql.AddWithMetadata, PaymentSql.Parameters(payment, null, [], entries), cancellationToken);
    }

    public async Task<bool> SaveAsync(Payment stored, Payment changed, CancellationToken cancellationToken)
    {
        var hasMoved = changed.CreatedAt != stored.CreatedAt;
        var hasOtherEntries = hasMoved || changed.ReportedMetadata != stored.ReportedMetadata;
        var statements = changed.AdjustmentCount == stored.AdjustmentCount ? PaymentSql.UpdateAllAndEntries
            : hasOtherEntries ? PaymentSql.AdjustAllAndEntries
            : changed.Details != stored.Details || changed.InitialAmount != stored.InitialAmount ? PaymentSql.AdjustAll
            : PaymentSql.Adjust;

        // If only a value changes, its key keeps its hash. If createdAt changes, every entry does.
        var before = hasOtherEntries ? MetadataEntry.All(stored.Metadata.Entries) : [];
        var after = hasOtherEntries ? MetadataEntry.All(changed.Metadata.Entries) : [];
        var removed = hasMoved ? before : MetadataEntry.Except(before, after);
        var added = hasMoved ? after : MetadataEntry.Except(after, before);
        var parameters = PaymentSql.Parameters(changed, stored, removed, added);
        try
        {
            return await database.WriteAsync(statements, parameters, cancellationToken) > 0;
        }
        catch (DuplicateKeyException)
        {
            // Only on SQL Server: the connection broke after the commit, so an earlier attempt of this call stored the change.
            return false;
        }
    }

    public async Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken) =>
        (await database.FindPaymentAsync(id, cancellationToken))?.ToPayment();
}
