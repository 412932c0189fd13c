using Payments.Application.Payments;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>Reads the rows of <see cref="PaymentSql"/>: one for each adjustment, after the payment's own columns.</summary>
internal static class PaymentRows
{
    /// <param name="convert">Called for each payment after its last row.</param>
    /// <returns>The results, and whether there are more payments than <paramref name="maxBytes"/> of raws allow.</returns>
    public static async Task<(List<T> Results, bool IsCut)> ReadAsync<T>(
        DbDataReader reader, Func<StoredPayment, T> convert, long maxBytes, CancellationToken cancellationToken)
    {
        var results = new List<T>();
        StoredPayment? payment = null;
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (payment is not null && payment.Sequence != reader.GetInt64(0))
            {
                results.Add(convert(payment));
                payment = null;
            }

            payment ??= ReadPayment(reader);
            var adjustment = ReadAdjustment(reader);
            bytes += Encoding.UTF8.GetByteCount(adjustment.Raw);
            if (bytes > maxBytes && results.Count > 0)
            {
                // SqlClient would read the remaining rows when it closes the reader.
                (reader as IWrappedDataReader)?.Command?.Cancel();
                return (results, true);
            }

            payment.Recorded.Add(adjustment);
        }

        if (payment is not null)
        {
            results.Add(convert(payment));
        }

        return (results, false);
    }

    /// <summary>Finds a payment with its history; null if it does not exist.</summary>
    public static async Task<StoredPayment?> FindPaymentAsync(this IDatabase database, PaymentId id, CancellationToken cancellationToken)
    {
        var (payments, _) = await database.ReadAsync(
            PaymentSql.Find, new { IdHash = IdHash.Of(id) }, (rows, stop) => ReadAsync(rows, payment => payment, long.MaxValue, stop), cancellationToken);
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

    // By number, because a lookup of 22 names and conversions would take longer than SQLite.
    private static StoredPayment ReadPayment(DbDataReader row) => new()
    {
        Sequence = row.GetInt64(0),
        CreatedAt = row.GetDateTime(1),
        Provider = row.GetString(2),
        ConnectorReference = row.GetString(3),
        Reference = row.GetString(4),
        Type = row.GetString(5),
        Status = row.GetString(6),
        InitialAmount = row.GetString(7),
        Amount = row.GetString(8),
        Scheme = row.GetString(9),
        Asset = row.GetString(10),
        SourceAccountId = TextOrNull(row, 11),
        DestinationAccountId = TextOrNull(row, 12),
        Metadata = row.GetString(13),
        ReportedMetadata = TextOrNull(row, 14),
        EditedMetadataKeys = TextOrNull(row, 15),
        Revision = row.GetInt32(16),
    };

    private static StoredAdjustment ReadAdjustment(DbDataReader row) => new()
    {
        Reference = row.GetString(PaymentSql.AdjustmentColumn),
        CreatedAt = row.GetDateTime(PaymentSql.AdjustmentColumn + 1),
        Status = row.GetString(PaymentSql.AdjustmentColumn + 2),
        Amount = row.GetString(PaymentSql.AdjustmentColumn + 3),
        Raw = row.GetString(PaymentSql.AdjustmentColumn + 4),
    };

    private static string? TextOrNull(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
