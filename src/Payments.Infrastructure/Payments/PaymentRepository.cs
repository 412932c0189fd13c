using Payments.Application.Events;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

internal sealed class PaymentRepository(IDatabase database, ISqlDialect dialect, EventWriter events) : IPaymentRepository
{
    private readonly IReadOnlyList<string> _add = PaymentSql.Add(dialect);

    public int MaxConcurrentWrites => database.MaxConcurrentWrites;

    public Task<bool> AddAsync(Payment payment, CancellationToken cancellationToken)
    {
        var entries = MetadataEntry.All(payment.Metadata.Entries);
        var ids = new PaymentIds(payment);
        var (details, metadata) = (payment.Details, payment.ReportedMetadata);
        var digest = RowDigests.OfPayment(ids.Hash);
        digest.AddPayment(
            ids.Connector,
            payment.Id,
            WireName<PaymentScheme>.Of(details.Scheme),
            details.Asset.Code,
            ids.SourceAccount ?? "",
            ids.DestinationAccount ?? "",
            metadata.Current.Entries,
            metadata.Reported.Entries,
            metadata.Edits.Keys);
        Add(digest, payment.LastAdjustment);
        return events.AddAsync(
            _add[Math.Min(payment.Metadata.Entries.Count, _add.Count - 1)],
            PaymentSql.Parameters(payment, ids, null, [], entries),
            new(EventKind.PaymentCreated, 0, payment.AdjustmentCount, [], digest),
            cancellationToken);
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
        var ids = new PaymentIds(changed);
        var digest = RowDigests.OfPayment(ids.Hash);
        var isAdjusted = changed.AdjustmentCount > stored.AdjustmentCount;
        if (isAdjusted)
        {
            Add(digest, changed.LastAdjustment);
        }

        try
        {
            return await events.WriteAsync(
                statements,
                PaymentSql.Parameters(changed, ids, stored, removed, added),
                new(
                    isAdjusted ? EventKind.PaymentAdjusted : EventKind.PaymentUpdated,
                    changed.Revision,
                    changed.AdjustmentCount,
                    PaymentChanges.Between(stored, changed),
                    digest),
                cancellationToken) > 0;
        }
        catch (DuplicateKeyException)
        {
            // Only on SQL Server: the connection broke after the commit, so an earlier attempt of this call stored the change.
            return false;
        }
    }

    public async Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken) =>
        (await database.FindPaymentAsync(id, cancellationToken))?.ToPayment();

    private static void Add(EventDigest digest, PaymentAdjustment adjustment) => digest.AddAdjustment(
        adjustment.Reference.Text,
        adjustment.CreatedAt.Utc,
        WireName<PaymentStatus>.Of(adjustment.Status),
        adjustment.Amount.ToString(),
        adjustment.Raw.Text);
}
