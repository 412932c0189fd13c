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
    /// <summary>The most adjustments of a payment, its creation among them.</summary>
    public const int MaxAdjustments = 1000;

    private const string OtherContent = "The payment is already stored with other content.";

    private readonly IReadOnlyList<PaymentAdjustment> _adjustments;

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
        _adjustments = written;
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
    public Payment? ApplyReport(Payment report)
    {
        var step = report._adjustments[0];
        var known = Known(step);
        var differences = new Differences();
        differences.Compare("createdAt", known is null || known.CreatedAt == step.CreatedAt, known?.CreatedAt);
        var amount = (known ?? _adjustments[0]).Amount;
        differences.Compare("amount", amount == step.Amount || (known is null && step.Status == PaymentStatus.Refunded), amount);
        CompareWhatNeverChanges(report, differences);
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
        validation.ThrowIfInvalid();
        return metadata.Equals(Metadata) ? null : WithMetadata(metadata);
    }

    /// <summary>Lives again what another installation shows of this payment, which has had nothing but its creation so far.</summary>
    /// <param name="adjustments">All adjustments, the newest first, as <see cref="Adjustments"/> has them; the creation is among them.</param>
    /// <param name="metadata">The metadata as they have become.</param>
    /// <exception cref="ValidationException">The adjustments are not the life of this payment.</exception>
    public Payment ReplayHistory(IReadOnlyList<PaymentAdjustment> adjustments, Metadata metadata)
    {
        var payment = this;
        try
        {
            // From the oldest to the newest, so that of two at the same instant the one written later is written later again.
            foreach (var step in adjustments.Reverse().Where(step => step != _adjustments[0]))
            {
                payment = payment.Adjust(step) ?? throw InvalidHistory($"has {WireName<PaymentStatus>.Of(step.Status)} of the reference {step.Reference} twice");
            }
        }
        catch (ConflictException)
        {
            throw InvalidHistory("refunds more than there is, or has a status of one reference twice");
        }

        return payment.Adjustments.SequenceEqual(adjustments)
            ? metadata.Equals(Metadata) ? payment : payment.WithMetadata(metadata)
            : throw InvalidHistory("must be the payment's adjustments, the newest first, its creation among them");

        static ValidationException InvalidHistory(string rule) => new([new("adjustments", rule)]);
    }

    /// <summary>
    /// Catches up with a copy of this payment from another installation. What only this one knows stays, and its metadata give way only
    /// where nobody has changed them since its creation.
    /// </summary>
    /// <returns>The payment moved on by what it lacks, one change after the other, the metadata last; none where it lacks nothing.</returns>
    /// <exception cref="ConflictException">The copy contradicts what is stored.</exception>
    public IReadOnlyList<Payment> MergeCopy(Payment copy)
    {
        var differences = new Differences();
        var (creation, copied) = (_adjustments[0], copy._adjustments[0]);
        differences.Compare("createdAt", creation.CreatedAt == copied.CreatedAt, creation.CreatedAt);
        differences.Compare("initialAmount", creation.Amount == copied.Amount, creation.Amount);
        differences.Compare("adjustments", creation.Status == copied.Status, $"it was made as {WireName<PaymentStatus>.Of(creation.Status)}");
        CompareWhatNeverChanges(copy, differences);
        var copyHasChanged = !copy.Metadata.Equals(copy.FirstMetadata);
        differences.Compare(copyHasChanged ? "firstMetadata" : "metadata", FirstMetadata.Equals(copy.FirstMetadata), null);
        // As first given they say nothing of what has become of them since.
        var lacksMetadata = copyHasChanged && !copy.Metadata.Equals(Metadata);
        differences.Compare("metadata", !lacksMetadata || MetadataRevision == 0, "they have been changed here");
        differences.ThrowIfAny(OtherContent);

        var changes = new List<Payment>();
        var payment = this;
        var steps = copy.Adjustments.ToList();
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            try
            {
                if (payment.Adjust(steps[i]) is { } moved)
                {
                    changes.Add(payment = moved);
                }
            }
            catch (ConflictException e)
            {
                throw new ConflictException(e.Message, [.. e.Errors.Select(error => error with { Field = $"adjustments[{i}].{error.Field}" })]);
            }
        }

        if (lacksMetadata)
        {
            changes.Add(payment.WithMetadata(copy.Metadata));
        }

        return changes;
    }

    private void CompareWhatNeverChanges(Payment other, Differences differences)
    {
        differences.Compare("scheme", Scheme == other.Scheme, WireName<PaymentScheme>.Of(Scheme));
        differences.Compare("asset", Asset == other.Asset, Asset);
        differences.Compare("sourceAccountID", SourceAccountId == other.SourceAccountId, SourceAccountId);
        differences.Compare("destinationAccountID", DestinationAccountId == other.DestinationAccountId, DestinationAccountId);
    }

    private Payment WithMetadata(Metadata metadata) =>
        new(Id, Scheme, Asset, SourceAccountId, DestinationAccountId, FirstMetadata, metadata, MetadataRevision + 1, _adjustments);

    // An adjustment is its payment, its reference and its status.
    private PaymentAdjustment? Known(PaymentAdjustment step) =>
        _adjustments.FirstOrDefault(adjustment => adjustment.Reference == step.Reference && adjustment.Status == step.Status);

    private Payment Append(PaymentAdjustment step) =>
        AdjustmentCount == MaxAdjustments
            ? throw new ConflictException(
                "The payment has had all the steps that one may have.", [new("adjustments", $"must be at most {MaxAdjustments}")])
        : step.Status == PaymentStatus.Refunded && step.Amount.Value > Amount.Value
            ? throw new ConflictException(
                "The refund is more than is left of the payment.",
                [new("amount", $"must be at most {Amount}, which is what is left")])
            : new(Id, Scheme, Asset, SourceAccountId, DestinationAccountId, FirstMetadata, Metadata, MetadataRevision, [.. _adjustments, step]);
}
