namespace Payments.Domain.Payments;

/// <summary>Copies of a payment from another installation: created as a new payment, or merged into a stored one.</summary>
public sealed partial class Payment
{
    /// <summary>Creates a payment from the history that another installation exported. Repetitions are kept.</summary>
    /// <param name="id">The identity.</param>
    /// <param name="details">Scheme, asset and accounts.</param>
    /// <param name="metadata">The metadata with its edits.</param>
    /// <param name="adjustments">The history, newest first, as <see cref="Adjustments"/> has it.</param>
    /// <exception cref="ValidationException">The history contradicts itself; it names every broken rule.</exception>
    public static Payment CreateCopy(PaymentId id, PaymentDetails details, PaymentMetadata metadata, IReadOnlyList<PaymentAdjustment> adjustments)
    {
        var validation = new Validation();
        var history = new List<PaymentAdjustment>();
        for (var i = adjustments.Count - 1; i >= 0; i--)
        {
            if (Find(history, adjustments[i]) is not null)
            {
                validation.Add($"adjustments[{i}]", "has the reference, status and createdAt of another adjustment");
            }
            else if (FindAmountConflict(id.Reference, history, adjustments[i]) is { } conflict)
            {
                validation.Add($"adjustments[{i}].amount", conflict);
            }

            history.Add(adjustments[i]);
        }

        history = [.. PaymentHistory.InOrder(history)];

        // A payment begins with an adjustment of its own. It comes before the others, but not before one of the same instant and stage.
        var own = history.Where(adjustment => adjustment.Reference == id.Reference).ToList();
        var first = own.FirstOrDefault(adjustment => history.Find(other => PaymentHistory.IsNotAfter(adjustment, other)) == adjustment) ?? own.FirstOrDefault();
        if (first is null)
        {
            validation.Add("adjustments", "must have at least one adjustment under the payment's own reference");
        }

        validation.ThrowIfInvalid();
        history.Remove(first!);
        return new(id, details, metadata, 0, [first!, .. history]);
    }

    /// <summary>The states in which a copy is stored, one change after the other: each adjustment, and at last the edited metadata.</summary>
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

    /// <summary>Merges a copy of this payment. What only this one knows stays, and a repetition adds nothing.</summary>
    /// <returns>The states in which the result is stored, one change after the other; none if the copy has nothing new.</returns>
    /// <exception cref="ConflictException">The copy contradicts what is stored; it names every broken rule.</exception>
    public IReadOnlyList<Payment> MergeCopy(Payment copy)
    {
        var differences = new Differences();
        var details = Details.Fill(copy.Details, differences);
        var metadata = ReportedMetadata.Merge(copy.ReportedMetadata, differences);
        var listed = copy.Adjustments.ToList();
        var history = _adjustments.ToList();
        for (var i = listed.Count - 1; i >= 0; i--)
        {
            var adjustment = listed[i];
            if (Find(history, adjustment) is { } known)
            {
                differences.Compare($"adjustments[{i}].amount", known.Amount == adjustment.Amount, known.Amount);
            }
            else if (FindRepeated(history, adjustment) is null)
            {
                if (FindAmountConflict(Id.Reference, history, adjustment) is { } conflict)
                {
                    differences.Add($"adjustments[{i}].amount", conflict);
                }

                history.Add(adjustment);
            }
        }

        if (history.Count > MaxAdjustments)
        {
            differences.Add("adjustments", $"must be at most {MaxAdjustments} together with those that are recorded");
        }

        if (_history.Balance >= 0 && copy._history.Balance >= 0 && PaymentHistory.Derive(Reference, history).Balance < 0)
        {
            differences.Add("adjustments", "must not refund more than the payment together with the refunds that are recorded");
        }

        differences.ThrowIfAny("The payment contradicts the recorded one.");
        if (details == Details && metadata == ReportedMetadata && history.Count == AdjustmentCount)
        {
            return [];
        }

        // What is filled in is stored with the first new adjustment, as a report does it.
        var states = Math.Max(history.Count - AdjustmentCount, 1);
        return [.. Enumerable.Range(1, states).Select(state => new Payment(Id, details, metadata, Revision + state, [.. history.Take(AdjustmentCount + state)]))];
    }
}
