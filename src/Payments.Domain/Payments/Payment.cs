using Payments.Domain.Connectors;

namespace Payments.Domain.Payments;

/// <summary>A payment with its history: an append-only list of adjustments. Status, createdAt and amounts are derived from the
/// history and do not depend on the order in which its events were reported. <c>docs/history.md</c> explains the rules.</summary>
public sealed partial class Payment
{
    /// <summary>The max number of adjustments of a payment.</summary>
    public const int MaxAdjustments = 1000;

    private readonly IReadOnlyList<PaymentAdjustment> _adjustments;
    private readonly PaymentHistory _history;

    private Payment(PaymentId id, PaymentDetails details, PaymentMetadata metadata, int revision, IReadOnlyList<PaymentAdjustment> adjustments)
    {
        _ = WireName<PaymentType>.Of(id.Type);
        _ = WireName<PaymentScheme>.Of(details.Scheme);
        foreach (var adjustment in adjustments)
        {
            _ = WireName<PaymentStatus>.Of(adjustment.Status);
        }

        if (adjustments.All(adjustment => adjustment.Reference != id.Reference))
        {
            throw new ArgumentException("A payment's history has at least one adjustment under the payment's own reference.", nameof(adjustments));
        }

        (Id, Details, ReportedMetadata, Revision, _adjustments) = (id, details, metadata, revision, adjustments);
        _history = PaymentHistory.Derive(id.Reference, adjustments);
    }

    /// <summary>The id, derived from the connector, the reference and the type.</summary>
    public PaymentId Id { get; }
    /// <summary>The connector that reported the payment.</summary>
    public ConnectorId ConnectorId => Id.ConnectorId;
    /// <summary>The provider's reference.</summary>
    public PaymentReference Reference => Id.Reference;
    /// <summary>The direction of the payment.</summary>
    public PaymentType Type => Id.Type;
    /// <summary>Scheme, asset and accounts.</summary>
    public PaymentDetails Details { get; }
    /// <summary>The earliest time in the history.</summary>
    public Instant CreatedAt => _history.CreatedAt;
    /// <summary>The authorized amount, in minor units.</summary>
    public MinorUnits InitialAmount => _history.InitialAmount;
    /// <summary>The captured amount less the refunds, in minor units; 0 while more is refunded than captured.</summary>
    public MinorUnits Amount => MinorUnits.AtLeastZero(_history.Balance);
    /// <summary>The captured amount, in minor units; null until a capture is recorded.</summary>
    public MinorUnits? CapturedAmount => _history.Captured is { } captured ? MinorUnits.AtLeastZero(captured) : null;
    /// <summary>The sum of the refunds that did not fail, in minor units. Refunds whose captures are not recorded yet can add up to more than 38 digits.</summary>
    public MinorUnits RefundedAmount => MinorUnits.AtLeastZero(_history.Refunded);
    /// <summary>The status of the last adjustment; unsuccessful ones do not count while another capture stands.</summary>
    public PaymentStatus Status => _history.Status;
    /// <summary>The current metadata.</summary>
    public Metadata Metadata => ReportedMetadata.Current;
    /// <summary>The reported metadata and its edits.</summary>
    public PaymentMetadata ReportedMetadata { get; }
    /// <summary>The number of changes after the first report.</summary>
    public int Revision { get; }
    /// <summary>The version for <c>ETag</c> and <c>If-Match</c>. It changes if and only if the payment changes.</summary>
    public string Version => Revision.ToString(CultureInfo.InvariantCulture);
    /// <summary>The provider's object of the earliest adjustment under the payment's own reference.</summary>
    public RawJson Raw => PaymentHistory.InOrder(_adjustments.Where(adjustment => adjustment.Reference == Reference)).First().Raw;
    /// <summary>The number of adjustments.</summary>
    public int AdjustmentCount => _adjustments.Count;
    /// <summary>The adjustment that was recorded last. Its createdAt need not be the latest.</summary>
    public PaymentAdjustment LastAdjustment => _adjustments[^1];
    /// <summary>The history, newest first; never empty.</summary>
    public IEnumerable<PaymentAdjustment> Adjustments => PaymentHistory.InOrder(_adjustments).Reverse();

    /// <summary>Creates a payment from its provider's first report.</summary>
    /// <exception cref="ArgumentException">The report's createdAt is before 1970 or more than <see cref="ProviderClock.MaxSkew"/>
    /// after <paramref name="now"/>, its reference is not the payment's, or an enum does not define a value.</exception>
    public static Payment Create(PaymentId id, PaymentDetails details, Metadata metadata, PaymentAdjustment report, DateTimeOffset now)
    {
        ProviderClock.ThrowIfInvalid(report.CreatedAt, now);
        return new(id, details, new PaymentMetadata(metadata), 0, [report]);
    }

    /// <summary>Restores a stored payment. The adjustments are in the order of recording.</summary>
    /// <exception cref="ArgumentException">No adjustment has the payment's reference, or an enum does not define a value.</exception>
    public static Payment Restore(
        PaymentId id, PaymentDetails details, PaymentMetadata metadata, int revision, IReadOnlyList<PaymentAdjustment> adjustments) =>
        new(id, details, metadata, revision, adjustments);

    /// <summary>Applies another report of this payment.</summary>
    /// <param name="report">The payment that the report would create on its own.</param>
    /// <returns>The changed payment, or null if the report has nothing new.</returns>
    /// <exception cref="ConflictException">The report contradicts the payment, refunds more than is left,
    /// or exceeds a limit. The exception names every broken rule.</exception>
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
    /// <returns>The changed payment, or null if the adjustment is already recorded.</returns>
    /// <exception cref="ConflictException">As for <see cref="ApplyReport"/>.</exception>
    public Payment? Adjust(PaymentAdjustment adjustment)
    {
        var differences = new Differences();
        var adjustments = Record(adjustment, differences);
        differences.ThrowIfAny("The adjustment contradicts the payment's history.");
        return adjustments == _adjustments ? null : new(Id, Details, ReportedMetadata, Revision + 1, adjustments);
    }

    /// <summary>Fills in the scheme and the metadata if they are unknown. Known values stay, and so do edits of the metadata.</summary>
    /// <returns>The changed payment, or null if nothing is unknown.</returns>
    public Payment? FillDetails(PaymentScheme scheme, Metadata metadata)
    {
        var details = Details.Scheme == PaymentScheme.Unknown ? Details with { Scheme = scheme } : Details;
        var filled = ReportedMetadata.Fill(metadata);
        return details == Details && filled == ReportedMetadata ? null : new(Id, details, filled, Revision + 1, _adjustments);
    }

    /// <summary>The amount of an adjustment that is reported without an amount: the recorded one, or <see cref="InitialAmount"/> if it is new.</summary>
    public MinorUnits DefaultAmount(PaymentReference reference, Instant createdAt, PaymentStatus status) =>
        _adjustments.FirstOrDefault(known => known.Reference == reference && known.CreatedAt == createdAt && known.Status == status)?.Amount ?? InitialAmount;

    /// <summary>Merges changes into the metadata; a null value removes the key.</summary>
    /// <returns>The changed payment, or null if nothing changes.</returns>
    /// <exception cref="ValidationException">The merged metadata breaks a limit.</exception>
    public Payment? ChangeMetadata(IReadOnlyDictionary<string, string?> changes) =>
        ReportedMetadata.Edit(changes) is { } metadata ? new(Id, Details, metadata, Revision + 1, _adjustments) : null;

    /// <summary>Returns the history with the adjustment, or the same instance if the adjustment is already recorded.</summary>
    private IReadOnlyList<PaymentAdjustment> Record(PaymentAdjustment adjustment, Differences differences)
    {
        if (Find(_adjustments, adjustment) is { } known)
        {
            if (known.Amount != adjustment.Amount)
            {
                differences.Add("amount", $"must be {known.Amount}, which is recorded for this status and createdAt{FurtherRefund(Reference, adjustment)}");
            }

            return _adjustments;
        }

        var repeated = FindRepeated(_adjustments, adjustment);
        IReadOnlyList<PaymentAdjustment> adjustments = [.. _adjustments, adjustment];
        var conflict = FindAmountConflict(Reference, _adjustments, adjustment) ?? FindDisputeConflict(Reference, _adjustments, adjustments, adjustment);
        if (repeated is not null)
        {
            // If the repetition were sent again with the right createdAt only, its amount would be the next conflict.
            conflict ??= repeated.Amount == adjustment.Amount ? null : $"must be {repeated.Amount}, which is recorded for this status and that createdAt";
            differences.Add(
                "createdAt",
                $"must be {repeated.CreatedAt}, because {WireName<PaymentStatus>.Of(adjustment.Status)} is recorded with that time and no other status after it. "
                + "If another status came in between, report it first and send this again afterward. "
                + $"createdAt is the provider's time of the event, not the time of polling{(conflict is null ? FurtherRefund(Reference, adjustment) : "")}");
        }

        if (conflict is not null)
        {
            differences.Add("amount", conflict);
        }
        else if (repeated is null && adjustment.Status == PaymentStatus.Refunded && PaymentHistory.Derive(Reference, adjustments).Balance < 0)
        {
            differences.Add(
                "amount",
                $"must be at most {Amount}, which is left to refund. If its payment or capture has not arrived yet, send it again afterward"
                + (adjustment.Reference == Reference ? FurtherRefund(Reference, adjustment) : ""));
        }

        if (adjustments.Count > MaxAdjustments)
        {
            differences.Add("adjustments", $"must have at most {MaxAdjustments} items, which the payment already has");
        }

        return adjustments;
    }

    // Reference, status and createdAt identify an adjustment.
    private static PaymentAdjustment? Find(IEnumerable<PaymentAdjustment> history, PaymentAdjustment adjustment) => history.FirstOrDefault(
        known => known.Reference == adjustment.Reference && known.Status == adjustment.Status && known.CreatedAt == adjustment.CreatedAt);

    // The adjustment before a new one under its reference, if it has the same status.
    private static PaymentAdjustment? FindRepeated(IEnumerable<PaymentAdjustment> history, PaymentAdjustment adjustment)
    {
        var key = PaymentHistory.SortKey(adjustment);
        var earlier = history.Where(known => known.Reference == adjustment.Reference && PaymentHistory.SortKey(known).CompareTo(key) <= 0);
        var before = PaymentHistory.InOrder(earlier).LastOrDefault();
        return before?.Status == adjustment.Status ? before : null;
    }

    // The rule by which the amount of a new adjustment contradicts an earlier one of the same status, or null.
    private static string? FindAmountConflict(PaymentReference own, IReadOnlyList<PaymentAdjustment> history, PaymentAdjustment adjustment)
    {
        if (adjustment.Status == PaymentStatus.Refunded)
        {
            var refund = history.FirstOrDefault(known => known.Reference == adjustment.Reference && known.Status == PaymentStatus.Refunded);
            return refund is null || refund.Amount == adjustment.Amount ? null : $"must be {refund.Amount}, which is refunded under this reference{FurtherRefund(own, adjustment)}";
        }

        return adjustment.Reference == own && IsPaid(adjustment.Status) && history.FirstOrDefault(known => known.Reference == own && known.Status == adjustment.Status) is { } same && same.Amount != adjustment.Amount
            ? $"must be {same.Amount}, which is recorded for {WireName<PaymentStatus>.Of(adjustment.Status)}"
            : null;
    }

    // Each own dispute has the amount of PENDING or of SUCCEEDED. While neither is known, all disputes have one amount. Returns the rule that a new
    // adjustment breaks among all of them, or null.
    private static string? FindDisputeConflict(
        PaymentReference own, IReadOnlyList<PaymentAdjustment> recorded, IReadOnlyList<PaymentAdjustment> all, PaymentAdjustment adjustment)
    {
        if (adjustment.Reference != own || !PaymentHistory.HasBindingAmount(adjustment.Status))
        {
            return null;
        }

        var paid = all.Where(known => known.Reference == own && IsPaid(known.Status)).Select(known => known.Amount).Distinct().ToList();
        if (!IsPaid(adjustment.Status))
        {
            var expected = paid.Count > 0 ? paid : [all.First(IsOwnDispute).Amount];
            return expected.Contains(adjustment.Amount)
                ? null
                : $"must be {string.Join(" or ", expected)}, which is recorded. Record a dispute of another amount as an adjustment under the dispute's own reference";
        }

        return recorded.FirstOrDefault(known => IsOwnDispute(known) && !paid.Contains(known.Amount)) is { } dispute
            ? $"must be {dispute.Amount}, which is recorded for a dispute of the payment. If the dispute is about the other one of PENDING and SUCCEEDED, "
                + "report that first and send this again afterward"
            : null;

        bool IsOwnDispute(PaymentAdjustment known) => known.Reference == own && PaymentHistory.HasBindingAmount(known.Status) && !IsPaid(known.Status);
    }

    private static bool IsPaid(PaymentStatus status) => status is PaymentStatus.Pending or PaymentStatus.Succeeded;

    private static string FurtherRefund(PaymentReference own, PaymentAdjustment adjustment) =>
        adjustment.Status != PaymentStatus.Refunded ? ""
        : adjustment.Reference == own ? ". To record a further refund, add an adjustment under the refund's own reference"
        : ". A further refund needs its own reference";
}
