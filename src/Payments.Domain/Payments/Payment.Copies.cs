namespace Payments.Domain.Payments;

/// <summary>Copies of payments from another installation, which become new payments or are merged into recorded ones.</summary>
public sealed partial class Payment
{
    /// <summary>Creates a payment from an exported history, newest first, as <see cref="Adjustments"/> returns it. Repetitions are kept.</summary>
    /// <exception cref="ValidationException">The history contradicts itself. The exception names every broken rule.</exception>
    public static Payment CreateCopy(PaymentId id, PaymentDetails details, PaymentMetadata metadata, IReadOnlyList<PaymentAdjustment> adjustments)
    {
        var validation = new Validation();
        var history = new List<PaymentAdjustment>();
        foreach (var (i, adjustment) in adjustments.Index().Reverse())
        {
            if (Find(history, adjustment) is not null)
            {
                validation.Add($"adjustments[{i}]", "must not have the same reference, status and createdAt as another adjustment");
            }
            else if (FindAmountConflict(id.Reference, history, adjustment) is { } conflict)
            {
                validation.Add($"adjustments[{i}].amount", conflict);
            }

            history.Add(adjustment);
        }

        foreach (var (i, adjustment) in adjustments.Index().Reverse())
        {
            if (FindDisputeConflict(id.Reference, [], history, adjustment) is { } conflict)
            {
                validation.Add($"adjustments[{i}].amount", conflict);
            }
        }

        history = [.. PaymentHistory.InOrder(history)];

        // An own adjustment is recorded first. If it is the first one with its sort key, the order of the history does not change.
        var first = history.DistinctBy(PaymentHistory.SortKey).FirstOrDefault(IsOwn) ?? history.Find(IsOwn);
        validation.AddIf(first is null, "adjustments", "must have at least one adjustment under the payment's own reference");
        validation.ThrowIfInvalid();
        history.Remove(first!);
        return new(id, details, metadata, 0, [first!, .. history]);

        bool IsOwn(PaymentAdjustment adjustment) => adjustment.Reference == id.Reference;
    }

    /// <summary>Returns the states of this copy while it is stored change by change: each adjustment, then the edits of the metadata.</summary>
    public IEnumerable<Payment> Steps()
    {
        // Without the edited keys, because reports can have more keys than a payment may have at one time.
        var reported = new PaymentMetadata(Metadata.Restore(
            ReportedMetadata.Reported.Entries.Where(entry => !ReportedMetadata.Edits.ContainsKey(entry.Key)).ToDictionary()));
        for (var count = 1; count <= AdjustmentCount; count++)
        {
            yield return new(Id, Details, reported, count - 1, [.. _adjustments.Take(count)]);
        }

        if (ReportedMetadata.Edits.Count > 0)
        {
            yield return new(Id, Details, ReportedMetadata, AdjustmentCount, _adjustments);
        }
    }

    /// <summary>
    /// Merges a copy of this payment. Repetitions in the copy are left out, unless everything that is recorded is part of the copy, as after an
    /// interrupted import.
    /// </summary>
    /// <returns>The states of this payment while the result is stored change by change; none if the copy has nothing new.</returns>
    /// <exception cref="ConflictException">The copy contradicts this payment. The exception names every broken rule.</exception>
    public IReadOnlyList<Payment> MergeCopy(Payment copy)
    {
        var differences = new Differences();
        var details = Details.Fill(copy.Details, differences);
        var metadata = ReportedMetadata.Merge(copy.ReportedMetadata, differences);
        var history = _adjustments.ToList();
        var isPartOfCopy = history.TrueForAll(known => Find(copy._adjustments, known) is not null);
        List<PaymentAdjustment> all = [.. history, .. copy._adjustments.Where(adjustment => Find(history, adjustment) is null)];
        foreach (var (i, adjustment) in copy.Adjustments.Index().Reverse())
        {
            if (Find(history, adjustment) is { } known)
            {
                differences.Compare($"adjustments[{i}].amount", known.Amount == adjustment.Amount, known.Amount);
            }
            else
            {
                if ((FindAmountConflict(Id.Reference, history, adjustment) ?? FindDisputeConflict(Id.Reference, _adjustments, all, adjustment)) is { } conflict)
                {
                    differences.Add($"adjustments[{i}].amount", conflict);
                }

                if (isPartOfCopy || FindRepeated(history, adjustment) is null)
                {
                    history.Add(adjustment);
                }
            }
        }

        if (history.Count > MaxAdjustments)
        {
            differences.Add("adjustments", $"must have at most {MaxAdjustments} items, including the recorded adjustments");
        }

        if (_history.Balance >= 0 && copy._history.Balance >= 0 && PaymentHistory.Derive(Reference, history).Balance < 0)
        {
            differences.Add("adjustments", "must not refund more than the payment's amount, including the recorded refunds");
        }

        differences.ThrowIfAny("The payment contradicts the recorded one.");
        if (details == Details && metadata == ReportedMetadata && history.Count == AdjustmentCount)
        {
            return [];
        }

        // The details and the metadata are stored with the first new adjustment, as for a report.
        var states = Math.Max(history.Count - AdjustmentCount, 1);
        return [.. Enumerable.Range(1, states).Select(state => new Payment(Id, details, metadata, Revision + state, [.. history.Take(AdjustmentCount + state)]))];
    }
}
