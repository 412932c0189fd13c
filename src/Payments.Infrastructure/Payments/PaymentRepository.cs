using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Infrastructure.Payments;

/// <summary>Payments in either database.</summary>
internal sealed class PaymentRepository(IDatabase database) : IPaymentRepository
{
    // Whole seconds, for a server that keeps fewer digits than .NET would round the last tick of the calendar beyond its end.
    private static readonly DateTime LatestDay = DateTime.MaxValue.Date;

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

    public async Task<PaymentPage> ListAsync(PageRequest request, CancellationToken cancellationToken)
    {
        // A page in front of a place is the page behind it in the other direction, turned round.
        var ascending = request.Ascending != request.Backwards;
        var (at, sequence) = request.Position is { } position ? (position.CreatedAt.Utc, position.Sequence)
            : ascending ? (DateTime.MinValue, 0)
            : (LatestDay, long.MaxValue);
        var rows = await database.QueryAsync<PaymentRow>(
            PaymentSql.Page(ascending, database.Take), new { At = at, Sequence = sequence, Take = request.Size + 1 }, cancellationToken);
        var found = rows.GroupBy(row => row.Sequence).Select(payment => (Sequence: payment.Key, Payment: PaymentRow.ToPayment([.. payment]))).ToList();
        var more = found.Count > request.Size;
        if (more)
        {
            found.RemoveAt(request.Size);
        }

        if (request.Backwards)
        {
            found.Reverse();
        }

        return new(
            [.. found.Select(row => row.Payment)],
            Next: (more || request.Backwards) && found.Count > 0 ? Beside(found[^1], backwards: false) : null,
            Previous: (request.Backwards ? more : request.Position is not null) && found.Count > 0 ? Beside(found[0], backwards: true) : null);

        PageRequest Beside((long Sequence, Payment Payment) row, bool backwards) =>
            request with { Position = new(row.Payment.CreatedAt, row.Sequence), Backwards = backwards };
    }
}
