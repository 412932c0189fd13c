using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

/// <summary>Stores payments in either database.</summary>
internal sealed class PaymentRepository(IDatabase database, IPaymentPages pages) : IPaymentRepository
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
            Metadata = JsonSerializer.Serialize(payment.Metadata.Entries),
            Entries = entries,
            EntryCount = MetadataEntry.Count(entries),
            Raw = payment.Raw.Text,
        };
        return database.AddAsync(entries.Length == 0 ? PaymentSql.Add : PaymentSql.AddWithMetadata, parameters, cancellationToken);
    }

    public async Task<bool> SaveAsync(Payment stored, Payment changed, CancellationToken cancellationToken)
    {
        var adjustment = changed.AdjustmentCount > stored.AdjustmentCount ? changed.LastAdjustment : null;
        var hasMoved = changed.CreatedAt != stored.CreatedAt;
        var hasOtherMetadata = changed.ReportedMetadata != stored.ReportedMetadata;
        var isStatusAlone = !hasMoved && !hasOtherMetadata && changed.Details == stored.Details && changed.InitialAmount == stored.InitialAmount;
        try
        {
            return await (adjustment is not null && isStatusAlone
                ? database.WriteAsync(PaymentSql.Adjust, StatusParameters(changed, adjustment), cancellationToken)
                : database.WriteAsync(
                    adjustment is null ? PaymentSql.UpdateAllAndEntries : hasMoved || hasOtherMetadata ? PaymentSql.AdjustAllAndEntries : PaymentSql.AdjustAll,
                    AllParameters(stored, changed, adjustment ?? changed.LastAdjustment),
                    cancellationToken)) > 0;
        }
        catch (DuplicateKeyException)
        {
            // The connection broke after the commit, so the change was stored by an earlier attempt of this call.
            return false;
        }
    }

    private static object StatusParameters(Payment changed, PaymentAdjustment adjustment) => new
    {
        IdHash = IdHash.Of(changed.Id),
        changed.Revision,
        Change = Guid.NewGuid().ToByteArray(),
        Status = WireName<PaymentStatus>.Of(changed.Status),
        Amount = changed.Amount.ToPaddedString(),
        Number = changed.AdjustmentCount,
        AdjustmentReference = adjustment.Reference.Text,
        AdjustmentCreatedAt = adjustment.CreatedAt.Utc,
        AdjustmentStatus = WireName<PaymentStatus>.Of(adjustment.Status),
        AdjustmentAmount = adjustment.Amount.ToPaddedString(),
        AdjustmentRaw = adjustment.Raw.Text,
    };

    private static object AllParameters(Payment stored, Payment changed, PaymentAdjustment adjustment)
    {
        // If only a value changes, its key keeps its hash. If createdAt changes, every entry does.
        var hasMoved = changed.CreatedAt != stored.CreatedAt;
        var before = MetadataEntry.All(stored.Metadata.Entries);
        var after = MetadataEntry.All(changed.Metadata.Entries);
        var removed = hasMoved ? before : MetadataEntry.Except(before, after);
        var added = hasMoved ? after : MetadataEntry.Except(after, before);
        var details = changed.Details;
        var metadata = changed.ReportedMetadata;
        return new
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
            Metadata = JsonSerializer.Serialize(changed.Metadata.Entries),
            ReportedMetadata = metadata.Edits.Count == 0 ? null : JsonSerializer.Serialize(metadata.Reported.Entries),
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
    }

    private static byte[]? Hash(AccountId? account) => account is null ? null : IdHash.Of(account);

    public async Task<PaymentPosition?> FindPositionAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync<(DateTime CreatedAt, long Sequence, DateTime FirstCreatedAt)>(PaymentSql.FindPosition, new { IdHash = IdHash.Of(id) }, cancellationToken);
        return rows is [var (createdAt, sequence, firstCreatedAt)] ? new(new(StoredValue.ReadUtc(createdAt), sequence), HasMoved: createdAt != firstCreatedAt) : null;
    }

    public async Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync<PaymentRow>(PaymentSql.Find, new { IdHash = IdHash.Of(id) }, cancellationToken);
        return rows.Count == 0 ? null : PaymentRow.ToPayment(rows);
    }

    public Task<Page<Payment>> ListAsync(PaymentFilter filter, PageRequest request, CancellationToken cancellationToken) =>
        PageReading.ReadAsync(
            request,
            async start => from row in await pages.ReadAsync(filter, start, cancellationToken)
                           group row by new PagePosition(StoredValue.ReadUtc(row.CreatedAt), row.Sequence) into payment
                           select (payment.Key, PaymentRow.ToPayment([.. payment])));
}
