using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>One adjustment of a payment, with the payment's own columns.</summary>
internal sealed class PaymentRow
{
    public required long Sequence { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required string Provider { get; init; }
    public required string ConnectorReference { get; init; }
    public required string Reference { get; init; }
    public required string Type { get; init; }
    public required string Scheme { get; init; }
    public required string Asset { get; init; }
    public string? SourceAccountId { get; init; }
    public string? DestinationAccountId { get; init; }
    public required string Metadata { get; init; }
    public string? ReportedMetadata { get; init; }
    public string? EditedMetadataKeys { get; init; }
    public required int Revision { get; init; }
    public required string AdjustmentReference { get; init; }
    public required DateTime AdjustmentCreatedAt { get; init; }
    public required string AdjustmentStatus { get; init; }
    public required string AdjustmentAmount { get; init; }
    public required string AdjustmentRaw { get; init; }

    /// <summary>Restores a payment from the rows of its adjustments, in the order they were written.</summary>
    public static Payment ToPayment(IReadOnlyList<PaymentRow> rows)
    {
        var first = rows[0];
        return Payment.Restore(
            new PaymentId(
                StoredValue.ReadConnectorId(first.Provider, first.ConnectorReference),
                StoredValue.Read<PaymentReference>(first.Reference),
                WireName<PaymentType>.Parse(first.Type)),
            new PaymentDetails(
                WireName<PaymentScheme>.Parse(first.Scheme),
                StoredValue.Read<Asset>(first.Asset),
                first.SourceAccountId is null ? null : StoredValue.Read<AccountId>(first.SourceAccountId),
                first.DestinationAccountId is null ? null : StoredValue.Read<AccountId>(first.DestinationAccountId)),
            first.ToMetadata(),
            first.Revision,
            [.. rows.Select(row => row.ToAdjustment())]);
    }

    private PaymentMetadata ToMetadata()
    {
        var current = StoredValue.ReadMetadata(Metadata);
        return EditedMetadataKeys is null
            ? new PaymentMetadata(current)
            : new PaymentMetadata(
                StoredValue.ReadMetadata(ReportedMetadata!),
                JsonSerializer.Deserialize<string[]>(EditedMetadataKeys)!.ToDictionary(key => key, key => current.Entries.GetValueOrDefault(key)));
    }

    private PaymentAdjustment ToAdjustment() => new(
        StoredValue.Read<PaymentReference>(AdjustmentReference),
        StoredValue.ReadUtc(AdjustmentCreatedAt),
        WireName<PaymentStatus>.Parse(AdjustmentStatus),
        MinorUnits.Restore(AdjustmentAmount),
        new RawJson(AdjustmentRaw));
}
