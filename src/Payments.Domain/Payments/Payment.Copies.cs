namespace Payments.Domain.Payments;

/// <summary>Copies of a payment from another installation: replayed onto a new payment, or merged into a stored one.</summary>
public sealed partial class Payment
{
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
                payment = payment.Adjust(step) ?? throw InvalidHistory($"has {WireName<PaymentStatus>.Of(step.Status)} twice under the reference {step.Reference}");
            }
        }
        catch (ConflictException)
        {
            throw InvalidHistory("must not refund more than what is left, or have a status twice under one reference");
        }

        return payment.Adjustments.SequenceEqual(adjustments)
            ? metadata.Equals(Metadata) ? payment : payment.WithMetadata(metadata)
            : throw InvalidHistory("must be all adjustments of the payment, newest first, including its creation");

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
        differences.Compare("adjustments", creation.Status == copied.Status, $"its creation has status {WireName<PaymentStatus>.Of(creation.Status)}");
        Details.CompareWith(copy.Details, differences);
        var copyHasChanged = !copy.Metadata.Equals(copy.FirstMetadata);
        differences.Compare(copyHasChanged ? "firstMetadata" : "metadata", FirstMetadata.Equals(copy.FirstMetadata), null);
        // As first given they say nothing of what has become of them since.
        var lacksMetadata = copyHasChanged && !copy.Metadata.Equals(Metadata);
        differences.Compare("metadata", !lacksMetadata || MetadataRevision == 0, "it was changed here after the creation");
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
}
