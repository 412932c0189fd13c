using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

internal sealed class PaymentRepository(IDatabase database) : IPaymentRepository
{
    public int MaxConcurrentWrites => database.MaxConcurrentWrites;

    public Task<bool> AddAsync(Payment payment, CancellationToken cancellationToken)
    {
        var entries = MetadataEntry.All(payment.Metadata.Entries);
        var details = payment.Details;
        var parameters = new
        {
            IdHash = IdHash.Of(payment.Id),
            ConnectorHash = IdHash.Of(payment.ConnectorId),
            Reference = payment.Reference.Text,
            Type = WireName<PaymentType>.Of(payment.Type),
            Scheme = WireName<PaymentScheme>.Of(details.Scheme),
            Asset = details.Asset.Code,
            SourceAccountId = details.SourceAccountId?.ToString(),
            SourceAccountHash = Hash(details.SourceAccountId),
            DestinationAccountId = details.DestinationAccountId?.ToString(),
            DestinationAccountHash = Hash(details.DestinationAccountId),
            CreatedAt = payment.CreatedAt.Utc,
            InitialAmount = payment.InitialAmount.ToPaddedString(),
            Amount = payment.Amount.ToPaddedString(),
            Status = WireName<PaymentStatus>.Of(payment.Status),
            Metadata = payment.Metadata.ToJson(),
            Entries = entries,
            EntryCount = MetadataEntry.Count(entries),
            Raw = payment.Raw.Text,
        };
        return database.AddAsync(entries.Length == 0 ? PaymentSql.Add : PaymentSql.AddWithMetadata, parameters, cancellationToken);
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
        var details = changed.Details;
        var metadata = changed.ReportedMetadata;
        var adjustment = changed.LastAdjustment;
        var parameters = new
        {
            IdHash = IdHash.Of(changed.Id),
            changed.Revision,
            Change = Guid.NewGuid().ToByteArray(),
            Scheme = WireName<PaymentScheme>.Of(details.Scheme),
            SourceAccountId = details.SourceAccountId?.ToString(),
            SourceAccountHash = Hash(details.SourceAccountId),
            DestinationAccountId = details.DestinationAccountId?.ToString(),
            DestinationAccountHash = Hash(details.DestinationAccountId),
            CreatedAt = changed.CreatedAt.Utc,
            OldCreatedAt = stored.CreatedAt.Utc,
            InitialAmount = changed.InitialAmount.ToPaddedString(),
            Amount = changed.Amount.ToPaddedString(),
            Status = WireName<PaymentStatus>.Of(changed.Status),
            Metadata = changed.Metadata.ToJson(),
            ReportedMetadata = metadata.Edits.Count == 0 ? null : metadata.Reported.ToJson(),
            EditedMetadataKeys = metadata.Edits.Count == 0 ? null : JsonSerializer.Serialize(metadata.Edits.Keys),
            Removed = removed,
            RemovedCount = MetadataEntry.Count(removed),
            Added = added,
            AddedCount = MetadataEntry.Count(added),
            Number = changed.AdjustmentCount,
            AdjustmentReference = adjustment.Reference.Text,
            AdjustmentCreatedAt = adjustment.CreatedAt.Utc,
            AdjustmentStatus = WireName<PaymentStatus>.Of(adjustment.Status),
            AdjustmentAmount = adjustment.Amount.ToPaddedString(),
            AdjustmentRaw = adjustment.Raw.Text,
        };
        try
        {
            return await database.WriteAsync(statements, parameters, cancellationToken) > 0;
        }
        catch (DuplicateKeyException)
        {
            // The connection broke after the commit, so the change was stored by an earlier attempt of this call.
            return false;
        }
    }

    public async Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var (payments, _) = await database.ReadAsync(
            PaymentSql.Find, new { IdHash = IdHash.Of(id) }, (rows, stop) => PaymentRows.ReadAsync(rows, long.MaxValue, stop), cancellationToken);
        return payments.FirstOrDefault()?.ToPayment();
    }

    private static byte[]? Hash(AccountId? account) => account is null ? null : IdHash.Of(account);
}
