namespace Payments.Application.Payments;

/// <summary>Imports an exported payment. The inherited values are those of the payment when it was exported.</summary>
public sealed record ImportPaymentCommand : PaymentReport
{
    /// <summary>The id, which must agree with the connector, the reference and the type.</summary>
    public string? Id { get; init; }
    /// <summary>The provider's name in the contract.</summary>
    public string? Provider { get; init; }
    /// <summary>The digits of the initial amount in minor units.</summary>
    public string? InitialAmount { get; init; }
    /// <summary>The metadata as it was reported; null if it was never edited.</summary>
    public IReadOnlyDictionary<string, string>? ReportedMetadata { get; init; }
    /// <summary>The edited keys of the metadata; null if it was never edited.</summary>
    public IReadOnlyList<string>? EditedMetadataKeys { get; init; }
    /// <summary>The history, newest first.</summary>
    public IReadOnlyList<AdjustmentReport> Adjustments { get; init; } = [];
}

/// <summary>Creates the payment with its history, or merges it into the recorded payment.</summary>
/// <remarks>Throws <see cref="ValidationException"/> if a value is invalid or does not agree with the history, <see cref="ConflictException"/>
/// if the payment contradicts the recorded one, and <see cref="UnavailableException"/> if the database did not respond. After the last one, or
/// if another request changes the payment at the same time, part of the history may be recorded; the same command records the rest.</remarks>
internal sealed class ImportPaymentHandler(IPaymentRepository payments, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<ImportPaymentCommand, RecordedPayment>
{
    public async Task<RecordedPayment> Handle(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var copy = await ReadAsync(request, cancellationToken);
        var changes = new Queue<Payment>(copy.Steps());
        var stored = changes.Dequeue();
        var outcome = RecordOutcome.Created;
        if (!await payments.AddAsync(stored, cancellationToken))
        {
            outcome = RecordOutcome.Replayed;
            await MergeAsync();
        }

        while (changes.TryDequeue(out var changed))
        {
            if (await payments.SaveAsync(stored, changed, cancellationToken))
            {
                outcome = outcome is RecordOutcome.Created or RecordOutcome.Adjusted ? outcome
                    : changed.AdjustmentCount > stored.AdjustmentCount ? RecordOutcome.Adjusted
                    : RecordOutcome.Updated;
                stored = changed;
            }
            else
            {
                // Another change was stored first.
                await MergeAsync();
            }
        }

        return new(stored, outcome);

        async Task MergeAsync()
        {
            // Payments are never deleted.
            stored = (await payments.FindAsync(copy.Id, cancellationToken))!;
            changes = new Queue<Payment>(stored.MergeCopy(copy));
        }
    }

    private async Task<Payment> ReadAsync(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        var id = validation.Required<PaymentId>("id", request.Id);
        var initialAmount = validation.Required<MinorUnits>("initialAmount", request.InitialAmount);
        var values = request.Read(now, validation);
        var metadata = ReadMetadata(request, values.Metadata, validation);
        var adjustments = request.Adjustments.Select((adjustment, i) => Read(adjustment, $"adjustments[{i}]", now, validation)).ToList();
        await connectors.ValidateConnectorAsync(validation, values.Id.ConnectorId, cancellationToken);

        var copy = Payment.CreateCopy(values.Id, values.Details, metadata, adjustments);
        Agree("id", copy.Id == id, copy.Id);
        Agree("provider", copy.ConnectorId.Provider.ContractName == request.Provider, copy.ConnectorId.Provider.ContractName);
        Agree("createdAt", copy.CreatedAt == values.CreatedAt, copy.CreatedAt);
        Agree("initialAmount", copy.InitialAmount == initialAmount, copy.InitialAmount);
        Agree("amount", copy.Amount == values.Amount, copy.Amount);
        Agree("status", copy.Status == values.Status, WireName<PaymentStatus>.Of(copy.Status));
        Agree("raw", request.Raw is null || copy.Raw.Text == request.Raw, "the raw of the earliest adjustment under the payment's own reference");
        validation.ThrowIfInvalid();
        return copy;

        void Agree(string field, bool isSame, object expected)
        {
            if (!isSame)
            {
                validation.Add(field, $"must be {expected}, which follows from the other members");
            }
        }
    }

    // A key whose value differs from the reported one was edited, even if EditedMetadataKeys does not contain it.
    private static PaymentMetadata ReadMetadata(ImportPaymentCommand request, Metadata current, Validation validation)
    {
        var reported = request.ReportedMetadata is null
            ? current
            : Metadata.From(request.ReportedMetadata, "reportedMetadata", validation, PaymentMetadata.MaxKeys);
        var edited = reported.Entries.Keys.Union(current.Entries.Keys)
            .Where(key => reported.Entries.GetValueOrDefault(key) != current.Entries.GetValueOrDefault(key))
            .Union(request.EditedMetadataKeys ?? [])
            .ToDictionary(key => key, key => current.Entries.GetValueOrDefault(key));
        if (edited.Count > PaymentMetadata.MaxKeys || !edited.Keys.All(Metadata.IsKey))
        {
            validation.Add("editedMetadataKeys", $"must have at most {PaymentMetadata.MaxKeys} items, each of 1 to {Metadata.MaxKeyLength} characters");
        }

        return new(reported, edited);
    }

    private static PaymentAdjustment Read(AdjustmentReport adjustment, string field, DateTimeOffset now, Validation validation)
    {
        var reference = validation.Required<PaymentReference>($"{field}.reference", adjustment.Reference);
        var createdAt = ProviderClock.ReadCreatedAt(adjustment.CreatedAt, now, validation, $"{field}.createdAt");
        var status = validation.RequiredName<PaymentStatus>($"{field}.status", adjustment.Status);
        var amount = validation.Required<MinorUnits>($"{field}.amount", adjustment.Amount);
        if (adjustment.Raw is null)
        {
            validation.Add($"{field}.raw", "is required");
        }

        return new(reference, createdAt, status, amount, new RawJson(adjustment.Raw ?? "{}"));
    }
}
