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

    /// <summary>The metadata as first reported; null if it never changed.</summary>
    public IReadOnlyDictionary<string, string>? FirstMetadata { get; init; }

    /// <summary>The history, newest first.</summary>
    public IReadOnlyList<AdjustmentReport> Adjustments { get; init; } = [];
}

/// <summary>Stores an exported payment with its history, or adds to a stored one what it lacks.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> if a value breaks its rule or does not follow from the history,
/// <see cref="ConflictException"/> if the payment contradicts the stored one, and <see cref="UnavailableException"/>. The first two change
/// nothing. After the last one a beginning of the history may be stored; the same command stores the rest.
/// </remarks>
public sealed class ImportPaymentHandler(IPaymentRepository payments, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<ImportPaymentCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public async Task<RecordedPayment> Handle(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var (creation, copy) = await ReadAsync(request, cancellationToken);
        var isNew = await payments.AddAsync(creation, cancellationToken);
        var stored = isNew ? creation : await FindAsync();
        var outcome = isNew ? RecordOutcome.Created : RecordOutcome.Replayed;
        while (stored.MergeCopy(copy) is { Count: > 0 } changes)
        {
            foreach (var changed in changes)
            {
                if (!await payments.SaveAsync(stored, changed, cancellationToken))
                {
                    // Another change came first.
                    stored = await FindAsync();
                    break;
                }

                outcome = isNew ? RecordOutcome.Created : RecordOutcome.Adjusted;
                stored = changed;
            }
        }

        return new(stored, outcome);

        // A payment is never deleted.
        async Task<Payment> FindAsync() => (await payments.FindAsync(creation.Id, cancellationToken))!;
    }

    private async Task<(Payment Creation, Payment Copy)> ReadAsync(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        var id = validation.Required<PaymentId>("id", request.Id);
        var initialAmount = validation.Required<MinorUnits>("initialAmount", request.InitialAmount);
        var values = request.Read(now, validation);
        var firstMetadata = request.FirstMetadata is null ? values.Metadata : Metadata.From(request.FirstMetadata, "firstMetadata", validation);
        var adjustments = request.Adjustments.Select((adjustment, i) => Read(adjustment, $"adjustments[{i}]", now, validation)).ToList();
        await connectors.ValidateConnectorAsync(validation, values.Id.ConnectorId, cancellationToken);

        // Of several at the same instant the last in the list was recorded first.
        var first = adjustments.LastOrDefault(adjustment => adjustment.CreatedAt == values.CreatedAt && adjustment.Reference == values.Id.Reference)
            ?? throw new ValidationException([new("adjustments", "must include the payment's creation, with the payment's reference and createdAt")]);
        var creation = Payment.Create(values.Id, values.Details, firstMetadata, first, now);
        var copy = creation.ReplayHistory(adjustments, values.Metadata);

        Agree("id", copy.Id == id, copy.Id);
        Agree("provider", copy.ConnectorId.Provider.ContractName == request.Provider, copy.ConnectorId.Provider.ContractName);
        Agree("initialAmount", copy.InitialAmount == initialAmount, copy.InitialAmount);
        Agree("amount", copy.Amount == values.Amount, copy.Amount);
        Agree("status", copy.Status == values.Status, WireName<PaymentStatus>.Of(copy.Status));
        Agree("raw", request.Raw is null || copy.Raw.Text == request.Raw, "the raw of the payment's creation");
        validation.ThrowIfInvalid();
        return (creation, copy);

        void Agree(string field, bool same, object expected)
        {
            if (!same)
            {
                validation.Add(field, $"must match the other members: {expected}");
            }
        }
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
