using Payments.Application.Payments;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>Reads the rows of <see cref="PaymentSql"/>: one for each adjustment, after the payment's own columns.</summary>
internal static class PaymentRows
{
    /// <returns>The payments, and whether there are more than <paramref name="maxBytes"/> of raws allow.</returns>
    public static async Task<(List<StoredPayment> Payments, bool IsCut)> ReadAsync(DbDataReader reader, long maxBytes, CancellationToken cancellationToken)
    {
        var payments = new List<StoredPayment>();
        Func<DbDataReader, StoredPayment>? toPayment = null;
        Func<DbDataReader, StoredAdjustment>? toAdjustment = null;
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            toPayment ??= reader.GetRowParser<StoredPayment>(length: PaymentSql.AdjustmentColumn);
            toAdjustment ??= reader.GetRowParser<StoredAdjustment>(startIndex: PaymentSql.AdjustmentColumn);
            if (payments.Count == 0 || payments[^1].Sequence != reader.GetInt64(0))
            {
                payments.Add(toPayment(reader));
            }

            var adjustment = toAdjustment(reader);
            bytes += Encoding.UTF8.GetByteCount(adjustment.Raw);
            if (bytes > maxBytes && payments.Count > 1)
            {
                payments.RemoveAt(payments.Count - 1);
                // SqlClient would read the remaining rows when it closes the reader.
                (reader as IWrappedDataReader)?.Command?.Cancel();
                return (payments, true);
            }

            payments[^1].Recorded.Add(adjustment);
        }

        return (payments, false);
    }

    /// <summary>Finds a payment with its history; null if it does not exist.</summary>
    public static async Task<StoredPayment?> FindPaymentAsync(this IDatabase database, PaymentId id, CancellationToken cancellationToken)
    {
        var (payments, _) = await database.ReadAsync(
            PaymentSql.Find, new { IdHash = IdHash.Of(id) }, (rows, stop) => ReadAsync(rows, long.MaxValue, stop), cancellationToken);
        return payments.FirstOrDefault();
    }

    /// <summary>The payment for a change.</summary>
    public static Payment ToPayment(this StoredPayment stored)
    {
        var metadata = Metadata.FromJson(stored.Metadata);
        return Payment.Restore(
            stored.Id,
            stored.Details,
            stored.EditedMetadataKeys is null
                ? new PaymentMetadata(metadata)
                : new PaymentMetadata(
                    Metadata.FromJson(stored.ReportedMetadata!),
                    JsonSerializer.Deserialize<string[]>(stored.EditedMetadataKeys)!.ToDictionary(key => key, key => metadata.Entries.GetValueOrDefault(key))),
            stored.Revision,
            [.. stored.Recorded.Select(adjustment => new PaymentAdjustment(
                StoredValue.Read<PaymentReference>(adjustment.Reference),
                Instant.OfUtc(adjustment.CreatedAt),
                WireName<PaymentStatus>.Parse(adjustment.Status),
                MinorUnits.Restore(adjustment.Amount),
                new RawJson(adjustment.Raw)))]);
    }
}
