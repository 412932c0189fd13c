using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Infrastructure.Payments;

/// <summary>Payments in either database.</summary>
internal sealed class PaymentRepository(IDatabase database) : IPaymentRepository
{
    public Task<AddOutcome> AddAsync(Payment payment, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            IdHash = IdHash.Of(payment.Id),
            ConnectorHash = IdHash.Of(payment.ConnectorId),
            Reference = payment.Reference.Text,
            Type = WireName<PaymentType>.Of(payment.Type),
            Scheme = WireName<PaymentScheme>.Of(payment.Scheme),
            Asset = payment.Asset.Code,
            SourceAccountId = payment.SourceAccountId?.ToString(),
            SourceAccountHash = payment.SourceAccountId is { } source ? IdHash.Of(source) : null,
            DestinationAccountId = payment.DestinationAccountId?.ToString(),
            DestinationAccountHash = payment.DestinationAccountId is { } destination ? IdHash.Of(destination) : null,
            CreatedAt = payment.CreatedAt.Utc,
            Amount = payment.InitialAmount.ToPaddedString(),
            Status = WireName<PaymentStatus>.Of(payment.Status),
            Metadata = JsonSerializer.Serialize(payment.Metadata.Entries),
            Raw = payment.Raw.Text,
        };
        return database.AddAsync(PaymentSql.Add, parameters, cancellationToken);
    }

    public async Task<bool> AppendAsync(Payment payment, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            IdHash = IdHash.Of(payment.Id),
            Number = payment.AdjustmentCount,
            Reference = payment.LastWritten.Reference.Text,
            CreatedAt = payment.LastWritten.CreatedAt.Utc,
            Status = WireName<PaymentStatus>.Of(payment.LastWritten.Status),
            Amount = payment.LastWritten.Amount.ToPaddedString(),
            Raw = payment.LastWritten.Raw.Text,
            PaymentStatus = WireName<PaymentStatus>.Of(payment.Status),
            PaymentAmount = payment.Amount.ToPaddedString(),
        };
        try
        {
            await database.WriteAsync(PaymentSql.Append, parameters, cancellationToken);
            return true;
        }
        catch (DuplicateKeyException)
        {
            return false;
        }
    }

    public async Task<bool> SaveMetadataAsync(Payment payment, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            IdHash = IdHash.Of(payment.Id),
            Metadata = JsonSerializer.Serialize(payment.Metadata.Entries),
            payment.MetadataRevision,
            payment.AdjustmentCount,
        };
        return await database.WriteAsync(PaymentSql.SaveMetadata, parameters, cancellationToken) == 1;
    }

    public async Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync<PaymentRow>(PaymentSql.Find, new { IdHash = IdHash.Of(id) }, cancellationToken);
        return rows.Count == 0 ? null : PaymentRow.ToPayment(rows);
    }

    public Task<Page<Payment>> ListAsync(PageRequest request, CancellationToken cancellationToken) =>
        PageReading.ReadAsync(
            request,
            async start => from row in await database.QueryAsync<PaymentRow>(PaymentSql.Page(start.Ascending, database.Take), start, cancellationToken)
                           group row by row.Sequence into payment
                           select (payment.Key, PaymentRow.ToPayment([.. payment])),
            payment => payment.CreatedAt);
}
