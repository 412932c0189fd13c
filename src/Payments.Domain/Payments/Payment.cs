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
        Metadata metadata,
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
        Metadata = metadata;
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

    /// <summary>How far ahead of this service's clock a provider's clock may be.</summary>
    public static TimeSpan MaxClockSkew { get; } = TimeSpan.FromMinutes(5);

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

    /// <summary>The company's own facts.</summary>
    public Metadata Metadata { get; }

    /// <summary>What the provider said when it was made.</summary>
    public RawJson Raw => _written[0].Raw;

    /// <summary>How many adjustments have been written; the number of the last one, counted from 1.</summary>
    public int AdjustmentCount => _written.Count;

    /// <summary>The adjustment that was written last, whatever its date.</summary>
    public PaymentAdjustment LastWritten => _written[^1];

    /// <summary>The adjustments, the newest first; never empty.</summary>
    public IEnumerable<PaymentAdjustment> Adjustments => _written.Reverse().OrderByDescending(adjustment => adjustment.CreatedAt.Utc);

    /// <summary>Makes a payment as its provider reports it.</summary>
    /// <exception cref="ArgumentException">It is made more than <see cref="MaxClockSkew"/> after <paramref name="now"/>, or an enumeration's value is not defined.</exception>
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
        if (IsAhead(createdAt, now))
        {
            throw new ArgumentException("A payment cannot be made in the future.", nameof(createdAt));
        }

        return new(id, scheme, asset, sourceAccountId, destinationAccountId, metadata, [new(id.Reference, createdAt, status, amount, raw)]);
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
        Metadata metadata,
        IReadOnlyList<PaymentAdjustment> written) =>
        new(id, scheme, asset, sourceAccountId, destinationAccountId, metadata, written);

    /// <summary>Whether an instant is further ahead of the clock than <see cref="MaxClockSkew"/>.</summary>
    public static bool IsAhead(Instant createdAt, DateTimeOffset now) => createdAt.Utc > now.UtcDateTime + MaxClockSkew;

    /// <summary>
    /// Takes another report of this payment. A status that is new to its own reference moves it on; one it has had is a repetition, which
    /// must say the same as the first time.
    /// </summary>
    /// <returns>The payment moved on by one adjustment, or null where the report repeats what is known.</returns>
    /// <exception cref="ConflictException">The report contradicts what is stored, or refunds more than is left.</exception>
    public Payment? MoveOn(Payment report)
    {
        var step = report._written[0];
        var known = _written.FirstOrDefault(adjustment => adjustment.Reference == Reference && adjustment.Status == step.Status);
        var isRefund = known is null && step.Status == PaymentStatus.Refunded;

        List<FieldError> differences = [];
        Compare("createdAt", known is null || known.CreatedAt == step.CreatedAt, known?.CreatedAt.ToString());
        var amount = (known ?? _written[0]).Amount;
        Compare("amount", isRefund || amount == step.Amount, amount.ToString());
        Compare("scheme", Scheme == report.Scheme, WireName<PaymentScheme>.Of(Scheme));
        Compare("asset", Asset == report.Asset, Asset.Code);
        Compare("sourceAccountID", SourceAccountId == report.SourceAccountId, SourceAccountId?.ToString());
        Compare("destinationAccountID", DestinationAccountId == report.DestinationAccountId, DestinationAccountId?.ToString());
        var metadataMayBeLeftOut = known != _written[0];
        Compare("metadata", Metadata.Equals(report.Metadata) || (metadataMayBeLeftOut && report.Metadata.IsEmpty), null);
        if (differences.Count > 0)
        {
            throw new ConflictException("The payment is already stored with other content.", differences);
        }

        if (isRefund && step.Amount.Value > Amount.Value)
        {
            throw new ConflictException(
                "The refund is more than is left of the payment.",
                [new("amount", $"must be at most {Amount}, which is what is left")]);
        }

        return known is null
            ? new(Id, Scheme, Asset, SourceAccountId, DestinationAccountId, Metadata, [.. _written, step])
            : null;

        void Compare(string field, bool same, string? stored)
        {
            if (!same)
            {
                differences.Add(new(field, stored is null ? "differs from what is stored" : $"differs from what is stored: {stored}"));
            }
        }
    }
}
