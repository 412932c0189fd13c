using System.Text.Json;
using Payments.Domain;
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
            SourceAccountHash = details.SourceAccountId is { } source ? IdHash.Of(source) : null,
            DestinationAccountId = details.DestinationAccountId?.ToString(),
            DestinationAccountHash = details.DestinationAccountId is { } destination ? IdHash.Of(destination) : null,
            CreatedAt = payment.CreatedAt.Utc,
            Amount = payment.InitialAmount.ToPaddedString(),
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
        try
        {
            return await (changed.AdjustmentCount > stored.AdjustmentCount
                ? AppendAsync(changed, cancellationToken)
                : SaveMetadataAsync(stored, changed, cancellationToken)) > 0;
        }
        catch (DuplicateKeyException)
        {
            return false;
        }
    }

    private Task<int> AppendAsync(Payment payment, CancellationToken cancellationToken)
    {
        var adjustment = payment.LastAdjustment;
        var parameters = new
        {
            IdHash = IdHash.Of(payment.Id),
            Number = payment.AdjustmentCount,
            Reference = adjustment.Reference.Text,
            CreatedAt = adjustment.CreatedAt.Utc,
            Status = WireName<PaymentStatus>.Of(adjustment.Status),
            Amount = adjustment.Amount.ToPaddedString(),
            Raw = adjustment.Raw.Text,
            PaymentStatus = WireName<PaymentStatus>.Of(payment.Status),
            PaymentAmount = payment.Amount.ToPaddedString(),
        };
        return database.WriteAsync(PaymentSql.Append, parameters, cancellationToken);
    }

    private Task<int> SaveMetadataAsync(Payment stored, Payment changed, CancellationToken cancellationToken)
    {
        // A key that only changes its value keeps its own hash.
        var before = MetadataEntry.All(stored.Metadata.Entries);
        var after = MetadataEntry.All(changed.Metadata.Entries);
        var removed = MetadataEntry.Except(before, after);
        var added = MetadataEntry.Except(after, before);
        var parameters = new
        {
            IdHash = IdHash.Of(changed.Id),
            CreatedAt = changed.CreatedAt.Utc,
            Metadata = JsonSerializer.Serialize(changed.Metadata.Entries),
            changed.MetadataRevision,
            changed.AdjustmentCount,
            Removed = removed,
            RemovedCount = MetadataEntry.Count(removed),
            Added = added,
            AddedCount = MetadataEntry.Count(added),
        };
        return database.WriteAsync(PaymentSql.SaveMetadata, parameters, cancellationToken);
    }

    public async Task<PagePosition?> FindPositionAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync<(DateTime CreatedAt, long Sequence)>(PaymentSql.FindPosition, new { IdHash = IdHash.Of(id) }, cancellationToken);
        return rows.Count == 0 ? null : new(StoredValue.ReadUtc(rows[0].CreatedAt), rows[0].Sequence);
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
                           group row by row.Sequence into payment
                           select (payment.Key, PaymentRow.ToPayment([.. payment])),
            payment => payment.CreatedAt);
}
