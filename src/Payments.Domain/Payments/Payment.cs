using System.Globalization;
using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>
/// A payment as its provider reported it, with its history: adjustments that are only ever added to. Status and amounts always follow from
/// the history.
/// </summary>
public sealed partial class Payment
{
    /// <summary>The largest number of adjustments of a payment, its creation included.</summary>
    public const int MaxAdjustments = 1000;

    private const string OtherContent = "The payment is already recorded with other content.";

    private readonly IReadOnlyList<PaymentAdjustment> _adjustments;

    private Payment(
        PaymentId id,
        PaymentDetails details,
        Metadata firstMetadata,
        Metadata metadata,
        int metadataRevision,
        IReadOnlyList<PaymentAdjustment> adjustments)
    {
        _ = WireName<PaymentType>.Of(id.Type);
        _ = WireName<PaymentScheme>.Of(details.Scheme);
        if (adjustments.Count == 0 || adjustments[0].Reference != id.Reference)
        {
            throw new ArgumentException("A payment's first adjustment is its own creation.", nameof(adjustments));
        }

        Id = id;
        Details = details;
        FirstMetadata = firstMetadata;
        Metadata = metadata;
        MetadataRevision = metadataRevision;
        _adjustments = adjustments;
        Amount = InitialAmount;
        var latest = adjustments[0];
        for (var i = 0; i < adjustments.Count; i++)
        {
            var adjustment = adjustments[i];
            _ = WireName<PaymentStatus>.Of(adjustment.Status);
            if (i > 0 && adjustment.Status == PaymentStatus.Refunded)
            {
                Amount -= adjustment.Amount;
            }

            if (adjustment.CreatedAt.Utc >= latest.CreatedAt.Utc)
            {
                latest = adjustment;
            }
        }

        Status = latest.Status;
    }

    /// <summary>The identity, derived from connector, reference and type.</summary>
    public PaymentId Id { get; }

    /// <summary>The connector it was reported through.</summary>
    public ConnectorId ConnectorId => Id.ConnectorId;

    /// <summary>The provider's own reference.</summary>
    public PaymentReference Reference => Id.Reference;

    /// <summary>Which way the money goes.</summary>
    public PaymentType Type => Id.Type;

    /// <summary>Scheme, asset and accounts.</summary>
    public PaymentDetails Details { get; }

    /// <summary>When it was made at the provider.</summary>
    public Instant CreatedAt => _adjustments[0].CreatedAt;

    /// <summary>The amount it was made with, in minor units.</summary>
    public MinorUnits InitialAmount => _adjustments[0].Amount;

    /// <summary>What is left of it after its refunds, in minor units.</summary>
    public MinorUnits Amount { get; }

    /// <summary>The status of its latest adjustment; of two at the same instant, of the one written later.</summary>
    public PaymentStatus Status { get; }

    /// <summary>The company's own facts as they were first given; a repetition is compared with them.</summary>
    public Metadata FirstMetadata { get; }

    /// <summary>The company's own facts as they are now.</summary>
    public Metadata Metadata { get; }

    /// <summary>How often the metadata has been changed.</summary>
    public int MetadataRevision { get; }

    /// <summary>Changes whenever the payment does, and only then.</summary>
    public string Version => string.Create(CultureInfo.InvariantCulture, $"{AdjustmentCount}-{MetadataRevision}");

    /// <summary>What the provider said when it was made.</summary>
    public RawJson Raw => _adjustments[0].Raw;

    /// <summary>How many adjustments have been written; the number of the last one, counted from 1.</summary>
    public int AdjustmentCount => _adjustments.Count;

    /// <summary>The adjustment that was written last, whatever its date.</summary>
    public PaymentAdjustment LastAdjustment => _adjustments[^1];

    /// <summary>The adjustments, the newest first; never empty.</summary>
    public IEnumerable<PaymentAdjustment> Adjustments => _adjustments.Reverse().OrderByDescending(adjustment => adjustment.CreatedAt.Utc);

    /// <summary>Creates a payment from its provider's first report.</summary>
    /// <exception cref="ArgumentException">
    /// The report's createdAt is more than <see cref="ProviderClock.MaxSkew"/> after <paramref name="now"/>, its reference is not the
    /// payment's, or an enumeration's value is not defined.
    /// </exception>
    public static Payment Create(PaymentId id, PaymentDetails details, Metadata metadata, PaymentAdjustment report, DateTimeOffset now)
    {
        ProviderClock.ThrowIfAhead(report.CreatedAt, now);
        return new(id, details, metadata, metadata, 0, [report]);
    }

    /// <summary>Restores a stored payment. The adjustments are in the order of recording.</summary>
    /// <exception cref="ArgumentException">The stored values break a rule that every payment keeps.</exception>
    /// <exception cref="OverflowException">The refunds are more than the payment's amount.</exception>
    public static Payment Restore(
        PaymentId id,
        PaymentDetails details,
        Metadata firstMetadata,
        Metadata metadata,
        int metadataRevision,
        IReadOnlyList<PaymentAdjustment> adjustments) =>
        new(id, details, firstMetadata, metadata, metadataRevision, adjustments);

    /// <summary>
    /// Takes another report of this payment. A status that is new to its own reference moves it on; one it has had is a repetition, which
    /// must say the same as the first time.
    /// </summary>
    /// <returns>The payment moved on by one adjustment, or null where the report repeats what is known.</returns>
    /// <exception cref="ConflictException">The report contradicts what is stored, or refunds more than is left.</exception>
    public Payment? ApplyReport(Payment report)
    {
        var step = report._adjustments[0];
        var known = Known(step);
        var differences = new Differences();
        differences.Compare("createdAt", known is null || known.CreatedAt == step.CreatedAt, known?.CreatedAt);
        var amount = (known ?? _adjustments[0]).Amount;
        differences.Compare("amount", amount == step.Amount || (known is null && step.Status == PaymentStatus.Refunded), amount);
        Details.CompareWith(report.Details, differences);
        var metadataMayBeLeftOut = known != _adjustments[0];
        differences.Compare("metadata", FirstMetadata.Equals(report.Metadata) || (metadataMayBeLeftOut && report.Metadata.IsEmpty), null);
        differences.ThrowIfAny(OtherContent);
        return known is null ? Append(step) : null;
    }

    /// <summary>Takes a further step of the payment's life. One whose reference and status are known is a repetition, which must say the same.</summary>
    /// <returns>The payment moved on by one adjustment, or null where the step repeats what is known.</returns>
    /// <exception cref="ConflictException">The step contradicts what is stored, or refunds more than is left.</exception>
    public Payment? Adjust(PaymentAdjustment step)
    {
        if (Known(step) is not { } known)
        {
            return Append(step);
        }

        var differences = new Differences();
        differences.Compare("createdAt", known.CreatedAt == step.CreatedAt, known.CreatedAt);
        differences.Compare("amount", known.Amount == step.Amount, known.Amount);
        differences.ThrowIfAny("The adjustment is already recorded with other content.");
        return null;
    }

    /// <summary>Merges changes into the metadata; a key without a value is taken out.</summary>
    /// <returns>The payment with other metadata, or null where nothing changes.</returns>
    /// <exception cref="ValidationException">The merged metadata breaks a limit.</exception>
    public Payment? ChangeMetadata(IReadOnlyDictionary<string, string?> changes)
    {
        var merged = new Dictionary<string, string>(Metadata.Entries);
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = value;
            }
        }

        var validation = new Validation();
        var metadata = Metadata.From(merged, "metadata", validation);
        validation.ThrowIfInvalid();
        return metadata.Equals(Metadata) ? null : WithMetadata(metadata);
    }

    private Payment WithMetadata(Metadata metadata) =>
        new(Id, Details, FirstMetadata, metadata, MetadataRevision + 1, _adjustments);

    // An adjustment is its payment, its reference and its status.
    private PaymentAdjustment? Known(PaymentAdjustment step) =>
        _adjustments.FirstOrDefault(adjustment => adjustment.Reference == step.Reference && adjustment.Status == step.Status);

    private Payment Append(PaymentAdjustment step) =>
        AdjustmentCount == MaxAdjustments
            ? throw new ConflictException(
                "The payment has the max number of adjustments.", [new("adjustments", $"must have at most {MaxAdjustments} entries")])
        : step.Status == PaymentStatus.Refunded && step.Amount.Value > Amount.Value
            ? throw new ConflictException(
                "The refund is more than what is left of the payment.",
                [new("amount", $"must be at most {Amount}, the amount that is left")])
            : new(Id, Details, FirstMetadata, Metadata, MetadataRevision, [.. _adjustments, step]);
}
