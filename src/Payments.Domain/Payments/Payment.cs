using System.Globalization;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>
/// A payment as its provider reported it: what it was first said to be, and the list of its adjustments, which only grows.
/// Its status and its amount are always what its adjustments imply.
/// </summary>
public sealed class Payment
{
    private readonly IReadOnlyList<PaymentAdjustment> _written;

    private Payment(
        PaymentId id,
        PaymentScheme scheme,
        Asset asset,
        AccountId? sourceAccountId,
        AccountId? destinationAccountId,
        Metadata firstMetadata,
        Metadata metadata,
        int metadataRevision,
        IReadOnlyList<PaymentAdjustment> written)
    {
        _ = WireName<PaymentType>.Of(id.Type);
        _ = WireName<PaymentScheme>.Of(scheme);
        if (written.Count == 0 || written[0].Reference != id.Reference)
        {
            throw new ArgumentException("A payment's first adjustment is its own creation.", nameof(written));
        }

        Id = id;
        Scheme = scheme;
        Asset = asset;
        SourceAccountId = sourceAccountId;
        DestinationAccountId = destinationAccountId;
        FirstMetadata = firstMetadata;
        Metadata = metadata;
        MetadataRevision = metadataRevision;
        _written = written;
        Amount = InitialAmount;
        var latest = written[0];
        for (var i = 0; i < written.Count; i++)
        {
            var adjustment = written[i];
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

    /// <summary>The scheme that carries it.</summary>
    public PaymentScheme Scheme { get; }

    /// <summary>What the amounts are of.</summary>
    public Asset Asset { get; }

    /// <summary>The account the money leaves, where it was given.</summary>
    public AccountId? SourceAccountId { get; }

    /// <summary>The account the money reaches, where it was given.</summary>
    public AccountId? DestinationAccountId { get; }

    /// <summary>When it was made at the provider.</summary>
    public Instant CreatedAt => _written[0].CreatedAt;

    /// <summary>The amount it was made with, in minor units.</summary>
    public MinorUnits InitialAmount => _written[0].Amount;

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
    public RawJson Raw => _written[0].Raw;

    /// <summary>How many adjustments have been written; the number of the last one, counted from 1.</summary>
    public int AdjustmentCount => _written.Count;

    /// <summary>The adjustment that was written last, whatever its date.</summary>
    public PaymentAdjustment LastWritten => _written[^1];

    /// <summary>The adjustments, the newest first; never empty.</summary>
    public IEnumerable<PaymentAdjustment> Adjustments => _written.Reverse().OrderByDescending(adjustment => adjustment.CreatedAt.Utc);

    /// <summary>Makes a payment as its provider reports it.</summary>
    /// <exception cref="ArgumentException">It is made more than <see cref="ProviderClock.MaxSkew"/> after <paramref name="now"/>, or an enumeration's value is not defined.</exception>
    public static Payment Create(
        PaymentId id,
        Instant createdAt,
        MinorUnits amount,
        PaymentStatus status,
        PaymentScheme scheme,
        Asset asset,
        AccountId? sourceAccountId,
        AccountId? destinationAccountId,
        Metadata metadata,
        RawJson raw,
        DateTimeOffset now)
    {
        ProviderClock.ThrowIfAhead(createdAt, now);
        return new(id, scheme, asset, sourceAccountId, destinationAccountId, metadata, metadata, 0, [new(id.Reference, createdAt, status, amount, raw)]);
    }

    /// <summary>Takes back what the store holds: the adjustments in the order they were written.</summary>
    /// <exception cref="ArgumentException">What is stored breaks a rule that every payment keeps.</exception>
    /// <exception cref="OverflowException">More is refunded than there was.</exception>
    public static Payment Restore(
        PaymentId id,
        PaymentScheme scheme,
        Asset asset,
        AccountId? sourceAccountId,
        AccountId? destinationAccountId,
        Metadata firstMetadata,
        Metadata metadata,
        int metadataRevision,
        IReadOnlyList<PaymentAdjustment> written) =>
        new(id, scheme, asset, sourceAccountId, destinationAccountId, firstMetadata, metadata, metadataRevision, written);

    /// <summary>
    /// Takes another report of this payment. A status that is new to its own reference moves it on; one it has had is a repetition, which
    /// must say the same as the first time.
    /// </summary>
    /// <returns>The payment moved on by one adjustment, or null where the report repeats what is known.</returns>
    /// <exception cref="ConflictException">The report contradicts what is stored, or refunds more than is left.</exception>
    public Payment? MoveOn(Payment report)
    {
        var step = report._written[0];
        var known = Known(step);
        var differences = new Differences();
        differences.Compare("createdAt", known is null || known.CreatedAt == step.CreatedAt, known?.CreatedAt);
        var amount = (known ?? _written[0]).Amount;
        differences.Compare("amount", amount == step.Amount || (known is null && step.Status == PaymentStatus.Refunded), amount);
        differences.Compare("scheme", Scheme == report.Scheme, WireName<PaymentScheme>.Of(Scheme));
        differences.Compare("asset", Asset == report.Asset, Asset);
        differences.Compare("sourceAccountID", SourceAccountId == report.SourceAccountId, SourceAccountId);
        differences.Compare("destinationAccountID", DestinationAccountId == report.DestinationAccountId, DestinationAccountId);
        var metadataMayBeLeftOut = known != _written[0];
        differences.Compare("metadata", FirstMetadata.Equals(report.Metadata) || (metadataMayBeLeftOut && report.Metadata.IsEmpty), null);
        differences.ThrowIfAny("The payment is already stored with other content.");
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
        differences.ThrowIfAny("The adjustment is already stored with other content.");
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
        validation.ThrowIfBroken();
        return metadata.Equals(Metadata)
            ? null
            : new(Id, Scheme, Asset, SourceAccountId, DestinationAccountId, FirstMetadata, metadata, MetadataRevision + 1, _written);
    }

    // An adjustment is its payment, its reference and its status.
    private PaymentAdjustment? Known(PaymentAdjustment step) =>
        _written.FirstOrDefault(adjustment => adjustment.Reference == step.Reference && adjustment.Status == step.Status);

    private Payment Append(PaymentAdjustment step) =>
        step.Status == PaymentStatus.Refunded && step.Amount.Value > Amount.Value
            ? throw new ConflictException(
                "The refund is more than is left of the payment.",
                [new("amount", $"must be at most {Amount}, which is what is left")])
            : new(Id, Scheme, Asset, SourceAccountId, DestinationAccountId, FirstMetadata, Metadata, MetadataRevision, [.. _written, step]);
}
