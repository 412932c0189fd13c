using MediatR;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Imports an exported payment. The inherited values are those at the time of the export.</summary>
public sealed record ImportPaymentCommand : PaymentReport
{
    /// <summary>The id, which must follow from connector, reference and type.</summary>
    public string? Id { get; init; }

    /// <summary>The contract's name of the connector's provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The digits of the initial amount in minor units.</summary>
    public string? InitialAmount { get; init; }

    /// <summary>The metadata as it was reported; null if nobody edited it.</summary>
    public IReadOnlyDictionary<string, string>? ReportedMetadata { get; init; }

    /// <summary>The keys of the metadata that were edited; null if there are none.</summary>
    public IReadOnlyList<string>? EditedMetadataKeys { get; init; }

    /// <summary>The history, newest first.</summary>
    public IReadOnlyList<AdjustmentReport> Adjustments { get; init; } = [];
}

/// <summary>Stores an exported payment with its history, or adds to a stored one what it lacks.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> if a value breaks its rule or does not follow from the history,
/// <see cref="ConflictException"/> if the payment contradicts the stored one, and <see cref="UnavailableException"/>. The first one changes
/// nothing, and so does the second unless another request changes the payment at the same time. After the last one a part of the history may
/// be stored; the same command stores the rest.
/// </remarks>
public sealed class ImportPaymentHandler(IPaymentRepository payments, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<ImportPaymentCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public async Task<RecordedPayment> Handle(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var copy = await ReadAsync(request, cancellationToken);
        var steps = copy.Steps().ToList();
        var isNew = await payments.AddAsync(steps[0], cancellationToken);
        var stored = isNew ? steps[0] : await FindAsync();
        var changes = new Queue<Payment>(isNew ? steps.Skip(1) : stored.MergeCopy(copy));
        var outcome = isNew ? RecordOutcome.Created : RecordOutcome.Replayed;
        while (changes.TryDequeue(out var changed))
        {
            if (await payments.SaveAsync(stored, changed, cancellationToken))
            {
                outcome = isNew ? RecordOutcome.Created
                    : outcome == RecordOutcome.Adjusted || changed.AdjustmentCount > stored.AdjustmentCount ? RecordOutcome.Adjusted
                    : RecordOutcome.Updated;
                stored = changed;
            }
            else
            {
                // Another change came first.
                stored = await FindAsync();
                changes = new Queue<Payment>(stored.MergeCopy(copy));
            }
        }

        return new(stored, outcome);

        // A payment is never deleted.
        async Task<Payment> FindAsync() => (await payments.FindAsync(copy.Id, cancellationToken))!;
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
        Agree("raw", request.Raw is null || copy.Raw.Text == request.Raw, "the raw of the payment's earliest adjustment of its own");
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

    // A key whose value is not the reported one was edited, whether or not it is named.
    private static PaymentMetadata ReadMetadata(ImportPaymentCommand request, Metadata current, Validation validation)
    {
        var reported = request.ReportedMetadata is null ? current : Metadata.From(request.ReportedMetadata, "reportedMetadata", validation, PaymentMetadata.MaxKeys);
        var edited = reported.Entries.Keys.Union(current.Entries.Keys)
            .Where(key => reported.Entries.GetValueOrDefault(key) != current.Entries.GetValueOrDefault(key))
            .Union(request.EditedMetadataKeys ?? [])
            .ToDictionary(key => key, key => current.Entries.GetValueOrDefault(key));
        if (edited.Count > PaymentMetadata.MaxKeys || !edited.Keys.All(Metadata.IsKey))
        {
            validation.Add("editedMetadataKeys", $"must be at most {PaymentMetadata.MaxKeys} keys of 1 to {Metadata.MaxKeyLength} characters");
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
