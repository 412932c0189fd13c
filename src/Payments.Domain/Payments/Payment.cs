using System.Globalization;
using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>
/// A payment as its provider reported it, with its history: adjustments that are only ever added to. Status, time and amounts always follow
/// from the history, whatever the order in which it was recorded.
/// </summary>
public sealed partial class Payment
{
    /// <summary>The largest number of adjustments of a payment.</summary>
    public const int MaxAdjustments = 1000;

    private const string FurtherRefund = "To record a further refund, add an adjustment under the refund's own reference";

    private readonly IReadOnlyList<PaymentAdjustment> _adjustments;
    private readonly PaymentHistory _history;

    private Payment(PaymentId id, PaymentDetails details, PaymentMetadata metadata, int revision, IReadOnlyList<PaymentAdjustment> adjustments)
    {
        _ = WireName<PaymentType>.Of(id.Type);
        _ = WireName<PaymentScheme>.Of(details.Scheme);
        if (adjustments.All(adjustment => adjustment.Reference != id.Reference))
        {
            throw new ArgumentException("A payment's history has at least one adjustment under the payment's own reference.", nameof(adjustments));
        }

        foreach (var adjustment in adjustments)
        {
            _ = WireName<PaymentStatus>.Of(adjustment.Status);
        }

        (Id, Details, ReportedMetadata, Revision, _adjustments) = (id, details, metadata, revision, adjustments);
        _history = PaymentHistory.Derive(id.Reference, adjustments);
    }

    /// <summary>The identity, derived from connector, reference and type.</summary>
    public PaymentId Id { get; }

    /// <summary>The connector that reports the payment.</summary>
    public ConnectorId ConnectorId => Id.ConnectorId;

    /// <summary>The provider's own reference.</summary>
    public PaymentReference Reference => Id.Reference;

    /// <summary>The type.</summary>
    public PaymentType Type => Id.Type;

    /// <summary>Scheme, asset and accounts.</summary>
    public PaymentDetails Details { get; }

    /// <summary>The earliest time in the history.</summary>
    public Instant CreatedAt => _history.CreatedAt;

    /// <summary>The amount that was authorized, in minor units.</summary>
    public MinorUnits InitialAmount => _history.InitialAmount;

    /// <summary>The captured amount less the refunds, in minor units; 0 while more was refunded than is captured so far.</summary>
    public MinorUnits Amount => MinorUnits.AtLeastZero(_history.Balance);

    /// <summary>The status that the history leads to.</summary>
    public PaymentStatus Status => _history.Status;

    /// <summary>The metadata as it is now.</summary>
    public Metadata Metadata => ReportedMetadata.Current;

    /// <summary>The metadata as it was reported, and what was edited since.</summary>
    public PaymentMetadata ReportedMetadata { get; }

    /// <summary>How many changes were stored after the first report.</summary>
    public int Revision { get; }

    /// <summary>Changes whenever the payment does, and only then.</summary>
    public string Version => Revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>The provider's object of the earliest adjustment under the payment's own reference.</summary>
    public RawJson Raw => PaymentHistory.InOrder(_adjustments.Where(adjustment => adjustment.Reference == Reference)).First().Raw;

    /// <summary>How many adjustments were recorded; the number of the last one, counted from 1.</summary>
    public int AdjustmentCount => _adjustments.Count;

    /// <summary>The adjustment that was recorded last, whatever its time.</summary>
    public PaymentAdjustment LastAdjustment => _adjustments[^1];

    /// <summary>The history, newest first; never empty.</summary>
    public IEnumerable<PaymentAdjustment> Adjustments => PaymentHistory.InOrder(_adjustments).Reverse();

    /// <summary>Creates a payment from its provider's first report.</summary>
    /// <exception cref="ArgumentException">
    /// The report's createdAt is more than <see cref="ProviderClock.MaxSkew"/> after <paramref name="now"/>, its reference is not the
    /// payment's, or an enumeration's value is not defined.
    /// </exception>
    public static Payment Create(PaymentId id, PaymentDetails details, Metadata metadata, PaymentAdjustment report, DateTimeOffset now)
    {
        ProviderClock.ThrowIfInvalid(report.CreatedAt, now);
        return new(id, details, new PaymentMetadata(metadata), 0, [report]);
    }

    /// <summary>Restores a stored payment. The adjustments are in the order of recording.</summary>
    /// <exception cref="ArgumentException">The stored values break a rule that every payment keeps.</exception>
    public static Payment Restore(
        PaymentId id, PaymentDetails details, PaymentMetadata metadata, int revision, IReadOnlyList<PaymentAdjustment> adjustments) =>
        new(id, details, metadata, revision, adjustments);

    /// <summary>Applies another report of this payment.</summary>
    /// <param name="report">The payment as the report alone would create it.</param>
    /// <returns>The payment with what is new in the report, or null if that is nothing.</returns>
    /// <exception cref="ConflictException">The report contradicts what is stored, or refunds more than is left. It names every broken rule.</exception>
    public Payment? ApplyReport(Payment report)
    {
        var differences = new Differences();
        var adjustments = Record(report._adjustments[0], differences);
        var details = Details.Fill(report.Details, differences);
        var metadata = ReportedMetadata.Add(report.Metadata, differences);
        differences.ThrowIfAny("The report contradicts the recorded payment.");
        return adjustments == _adjustments && details == Details && metadata == ReportedMetadata
            ? null
            : new(Id, details, metadata, Revision + 1, adjustments);
    }

    /// <summary>Adds an adjustment.</summary>
    /// <returns>The payment with the adjustment, or null if it is already recorded.</returns>
    /// <exception cref="ConflictException">The adjustment contradicts the history, or refunds more than is left. It names every broken rule.</exception>
    public Payment? Adjust(PaymentAdjustment adjustment)
    {
        var differences = new Differences();
        var adjustments = Record(adjustment, differences);
        differences.ThrowIfAny("The adjustment contradicts the payment's history.");
        return adjustments == _adjustments ? null : new(Id, Details, ReportedMetadata, Revision + 1, adjustments);
    }

    /// <summary>The amount of an adjustment that is reported without one: the recorded amount, or the initial amount if it is new.</summary>
    public MinorUnits DefaultAmount(PaymentReference reference, Instant createdAt, PaymentStatus status) =>
        _adjustments.FirstOrDefault(known => known.Reference == reference && known.CreatedAt == createdAt && known.Status == status)?.Amount ?? InitialAmount;

    /// <summary>Merges changes into the metadata; a null value removes the key.</summary>
    /// <returns>The payment with the changed metadata, or null if nothing changes.</returns>
    /// <exception cref="ValidationException">The merged metadata breaks a limit.</exception>
    public Payment? ChangeMetadata(IReadOnlyDictionary<string, string?> changes) =>
        ReportedMetadata.Edit(changes) is { } metadata ? new(Id, Details, metadata, Revision + 1, _adjustments) : null;

    /// <summary>The history with an adjustment, or the same history if it is already recorded.</summary>
    private IReadOnlyList<PaymentAdjustment> Record(PaymentAdjustment adjustment, Differences differences)
    {
        if (Find(_adjustments, adjustment) is { } known)
        {
            if (known.Amount != adjustment.Amount)
            {
                differences.Add("amount", $"must be {known.Amount}, which is recorded for this status and createdAt{Remedy(adjustment)}");
            }

            return _adjustments;
        }

        if (FindRepeated(_adjustments, adjustment) is { } repeated)
        {
            differences.Add(
                "createdAt",
                $"must be {repeated.CreatedAt}, because {WireName<PaymentStatus>.Of(adjustment.Status)} is recorded with that time and nothing has changed since. "
                + $"createdAt is the provider's time of the event, not the time of polling{Remedy(adjustment)}");
        }

        IReadOnlyList<PaymentAdjustment> adjustments = [.. _adjustments, adjustment];
        if (FindAmountConflict(Reference, _adjustments, adjustment) is { } conflict)
        {
            differences.Add("amount", conflict);
        }
        else if (adjustment.Status == PaymentStatus.Refunded && PaymentHistory.Derive(Reference, adjustments).Balance < 0)
        {
            differences.Add("amount", $"must be at most {Amount}, which is left of the payment{Remedy(adjustment)}");
        }

        if (adjustments.Count > MaxAdjustments)
        {
            differences.Add("adjustments", $"must be at most {MaxAdjustments}, which the payment already has");
        }

        return adjustments;
    }

    // An adjustment is its reference, its status and its time.
    private static PaymentAdjustment? Find(IEnumerable<PaymentAdjustment> history, PaymentAdjustment adjustment) => history.FirstOrDefault(
        known => known.Reference == adjustment.Reference && known.Status == adjustment.Status && known.CreatedAt == adjustment.CreatedAt);

    /// <summary>The adjustment before this one under the same reference, if it has the same status, so that this one says nothing new.</summary>
    private static PaymentAdjustment? FindRepeated(IEnumerable<PaymentAdjustment> history, PaymentAdjustment adjustment)
    {
        var before = PaymentHistory.InOrder(history.Where(known => known.Reference == adjustment.Reference && PaymentHistory.IsNotAfter(known, adjustment))).LastOrDefault();
        return before?.Status == adjustment.Status ? before : null;
    }

    /// <summary>Why the amount contradicts the history, as the end of a sentence; null if it does not.</summary>
    private static string? FindAmountConflict(PaymentReference own, IReadOnlyList<PaymentAdjustment> history, PaymentAdjustment adjustment)
    {
        if (adjustment.Status == PaymentStatus.Refunded)
        {
            return history.FirstOrDefault(known => known.Reference == adjustment.Reference && known.Status == PaymentStatus.Refunded) is { } refund && refund.Amount != adjustment.Amount
                ? $"must be {refund.Amount}, which is refunded under this reference{Remedy(adjustment)}"
                : null;
        }

        if (adjustment.Reference != own || !PaymentHistory.HasBindingAmount(adjustment.Status))
        {
            return null;
        }

        var binding = history.Where(known => known.Reference == own && PaymentHistory.HasBindingAmount(known.Status)).Append(adjustment).ToLookup(known => known.Status, known => known.Amount);
        MinorUnits[] pending = [.. binding[PaymentStatus.Pending].Distinct()];
        MinorUnits[] succeeded = [.. binding[PaymentStatus.Succeeded].Distinct()];
        MinorUnits[] disputed = [.. binding.Where(group => group.Key is not (PaymentStatus.Pending or PaymentStatus.Succeeded)).SelectMany(group => group).Distinct()];
        MinorUnits[] paid = [.. pending.Union(succeeded)];
        var isConsistent = pending.Length < 2 && succeeded.Length < 2 && (paid.Length == 0 ? disputed.Length < 2 : disputed.All(paid.Contains));
        return isConsistent ? null
            : adjustment.Status is PaymentStatus.Pending or PaymentStatus.Succeeded && binding[adjustment.Status].First() is var first && first != adjustment.Amount
                ? $"must be {first}, which is recorded for {WireName<PaymentStatus>.Of(adjustment.Status)}"
            : $"must agree with the recorded amounts: {string.Join(", ", binding.SelectMany(group => group).SkipLast(1).Distinct())}";
    }

    private static string Remedy(PaymentAdjustment adjustment) => adjustment.Status == PaymentStatus.Refunded ? $". {FurtherRefund}" : "";
}
