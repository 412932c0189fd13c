using System.Globalization;

namespace Payments.Application.Payments;

/// <summary>A payment as it is stored, for responses. The texts are those of the contract, except that amounts may have leading
/// zeros. A <see cref="Payment"/>, which only changes need, would parse each of them and derive again what is stored.</summary>
public sealed class StoredPayment
{
    private static readonly RawJson NoRaw = new("{}");

    /// <summary>The number of the payment in the order of recording.</summary>
    public required long Sequence { get; init; }
    /// <summary>The earliest time in the history, in UTC.</summary>
    public required DateTime CreatedAt { get; init; }
    /// <summary>The id of the provider, such as <c>stripe</c>.</summary>
    public required string Provider { get; init; }
    /// <summary>The reference of the connector, a UUID.</summary>
    public required string ConnectorReference { get; init; }
    /// <summary>The provider's reference of the payment.</summary>
    public required string Reference { get; init; }
    /// <summary>A wire name of <see cref="PaymentType"/>.</summary>
    public required string Type { get; init; }
    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public required string Status { get; init; }
    /// <summary>The digits of the initial amount.</summary>
    public required string InitialAmount { get; init; }
    /// <summary>The digits of the amount.</summary>
    public required string Amount { get; init; }
    /// <summary>A wire name of <see cref="PaymentScheme"/>.</summary>
    public required string Scheme { get; init; }
    /// <summary>The asset.</summary>
    public required string Asset { get; init; }
    /// <summary>The id of the account that the money leaves; null if it was not reported.</summary>
    public string? SourceAccountId { get; init; }
    /// <summary>The id of the account that the money reaches; null if it was not reported.</summary>
    public string? DestinationAccountId { get; init; }
    /// <summary>The metadata as JSON.</summary>
    public required string Metadata { get; init; }
    /// <summary>The reported metadata as JSON; null if nobody edited it.</summary>
    public string? ReportedMetadata { get; init; }
    /// <summary>The edited keys of the metadata as JSON; null if there are none.</summary>
    public string? EditedMetadataKeys { get; init; }
    /// <summary>How many changes were stored after the first report.</summary>
    public required int Revision { get; init; }
    /// <summary>The adjustments in the order of recording.</summary>
    public IList<StoredAdjustment> Recorded { get; } = [];
    /// <summary>The payment's id.</summary>
    public PaymentId Id => new(ConnectorId, StoredValue.Read<PaymentReference>(Reference), WireName<PaymentType>.Parse(Type));
    /// <summary>The connector that reported the payment.</summary>
    public ConnectorId ConnectorId => field ??= ConnectorId.Restore(Provider, ConnectorReference);
    /// <summary>The details, for a change.</summary>
    public PaymentDetails Details => new(
        WireName<PaymentScheme>.Parse(Scheme),
        StoredValue.Read<Asset>(Asset),
        SourceAccountId is null ? null : StoredValue.Read<AccountId>(SourceAccountId),
        DestinationAccountId is null ? null : StoredValue.Read<AccountId>(DestinationAccountId));
    /// <summary>The payment after its first adjustments, for what follows from the history. It has no raws and no metadata.</summary>
    public Payment AsOf(int adjustments) => Payment.Restore(
        Id,
        Details,
        new PaymentMetadata(Domain.Metadata.Empty),
        Revision,
        [.. Recorded.Take(adjustments).Select(adjustment => new PaymentAdjustment(
            StoredValue.Read<PaymentReference>(adjustment.Reference),
            Instant.OfUtc(adjustment.CreatedAt),
            WireName<PaymentStatus>.Parse(adjustment.Status),
            MinorUnits.Restore(adjustment.Amount),
            NoRaw))]);

    /// <inheritdoc cref="Payment.Version"/>
    public string Version => Revision.ToString(CultureInfo.InvariantCulture);
    /// <summary>The history, newest first.</summary>
    public IEnumerable<StoredAdjustment> Adjustments => Recorded.Count == 1 ? Recorded : Recorded.OrderBy(adjustment => adjustment.SortKey).Reverse();
    /// <summary>The provider's object of the earliest adjustment under the payment's own reference.</summary>
    public string Raw => Recorded.Where(adjustment => adjustment.Reference == Reference).MinBy(adjustment => adjustment.SortKey)!.Raw;
}

/// <summary>An adjustment as it is stored.</summary>
public sealed class StoredAdjustment
{
    /// <summary>The provider's reference.</summary>
    public required string Reference { get; init; }
    /// <summary>The provider's time of the event, in UTC.</summary>
    public required DateTime CreatedAt { get; init; }
    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public required string Status { get; init; }
    /// <summary>The digits of the amount.</summary>
    public required string Amount { get; init; }
    /// <summary>The provider's object.</summary>
    public required string Raw { get; init; }

    internal (DateTime CreatedAt, int Stage) SortKey => PaymentAdjustment.SortKey(CreatedAt, WireName<PaymentStatus>.Parse(Status));
}
