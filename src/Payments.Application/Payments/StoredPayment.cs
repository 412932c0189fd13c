using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>A payment as it is stored. Reads return it without making a <see cref="Payment"/> of it, which only changes need.</summary>
public sealed class StoredPayment
{
    /// <summary>The number of the payment in the order of recording.</summary>
    public required long Sequence { get; init; }

    /// <summary>The provider's id.</summary>
    public required string Provider { get; init; }

    /// <summary>The reference of the connector.</summary>
    public required string ConnectorReference { get; init; }

    /// <summary>The provider's reference of the payment.</summary>
    public required string Reference { get; init; }

    /// <summary>A wire name of <see cref="PaymentType"/>.</summary>
    public required string Type { get; init; }

    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The digits of the initial amount; leading zeros may be there.</summary>
    public required string InitialAmount { get; init; }

    /// <summary>The digits of the amount; leading zeros may be there.</summary>
    public required string Amount { get; init; }

    /// <summary>A wire name of <see cref="PaymentScheme"/>.</summary>
    public required string Scheme { get; init; }

    /// <summary>The asset.</summary>
    public required string Asset { get; init; }

    /// <summary>The id of the account that the money leaves; null if it was not reported.</summary>
    public string? SourceAccountId { get; init; }

    /// <summary>The id of the account that the money reaches; null if it was not reported.</summary>
    public string? DestinationAccountId { get; init; }

    /// <summary>The earliest time in the history, in UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The metadata as JSON.</summary>
    public required string Metadata { get; init; }

    /// <summary>The reported metadata as JSON; null if nobody edited it.</summary>
    public string? ReportedMetadata { get; init; }

    /// <summary>The edited keys of the metadata as JSON; null if there are none.</summary>
    public string? EditedMetadataKeys { get; init; }

    /// <summary>How many changes were stored after the first report.</summary>
    public required int Revision { get; init; }

    /// <summary>The adjustments in the order of recording.</summary>
    public IReadOnlyList<StoredAdjustment> Recorded { get; set; } = [];

    /// <summary>The history, newest first.</summary>
    public IEnumerable<StoredAdjustment> Adjustments => Recorded.Count == 1
        ? Recorded
        : PaymentHistory.InOrder(Recorded, adjustment => adjustment.CreatedAt, adjustment => WireName<PaymentStatus>.Parse(adjustment.Status)).Reverse();

    /// <summary>The provider's object of the earliest adjustment under the payment's own reference.</summary>
    public string Raw => Adjustments.Last(adjustment => adjustment.Reference == Reference).Raw;

    /// <summary>The connector that reports the payment.</summary>
    public ConnectorId ConnectorId => new(Read<Provider>(Provider), Guid.ParseExact(ConnectorReference, "D"));

    /// <summary>The payment for a change.</summary>
    /// <exception cref="FormatException">A stored value breaks its rule.</exception>
    public Payment ToPayment() => Payment.Restore(
        new PaymentId(ConnectorId, Read<PaymentReference>(Reference), WireName<PaymentType>.Parse(Type)),
        new PaymentDetails(
            WireName<PaymentScheme>.Parse(Scheme),
            Read<Asset>(Asset),
            SourceAccountId is null ? null : Read<AccountId>(SourceAccountId),
            DestinationAccountId is null ? null : Read<AccountId>(DestinationAccountId)),
        ReadMetadata(),
        Revision,
        [.. Recorded.Select(adjustment => adjustment.ToAdjustment())]);

    private PaymentMetadata ReadMetadata()
    {
        var current = Domain.Metadata.FromJson(Metadata);
        return EditedMetadataKeys is null
            ? new PaymentMetadata(current)
            : new PaymentMetadata(
                Domain.Metadata.FromJson(ReportedMetadata!),
                JsonSerializer.Deserialize<string[]>(EditedMetadataKeys)!.ToDictionary(key => key, key => current.Entries.GetValueOrDefault(key)));
    }

    internal static T Read<T>(string text)
        where T : IValueObject<T> => T.TryParse(text, out var value) ? value : throw new FormatException($"A stored {typeof(T).Name} is not valid.");
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

    /// <summary>The digits of the amount; leading zeros may be there.</summary>
    public required string Amount { get; init; }

    /// <summary>The text of the provider's object.</summary>
    public required string Raw { get; init; }

    internal PaymentAdjustment ToAdjustment() => new(
        StoredPayment.Read<PaymentReference>(Reference),
        Instant.OfUtc(CreatedAt),
        WireName<PaymentStatus>.Parse(Status),
        MinorUnits.Restore(Amount),
        new RawJson(Raw));
}
