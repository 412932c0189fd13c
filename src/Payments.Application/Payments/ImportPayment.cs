using MediatR;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>A payment as an export wrote it, each value as text; null is what was not given.</summary>
public sealed record ImportPaymentCommand : IRequest<RecordedPayment>
{
    /// <summary>The id that connector, reference and type must come to.</summary>
    public string? Id { get; init; }

    /// <summary>The provider's reference.</summary>
    public string? Reference { get; init; }

    /// <summary>The id of the connector it came through.</summary>
    public string? ConnectorId { get; init; }

    /// <summary>The contract's name of the connector's provider.</summary>
    public string? Provider { get; init; }

    /// <summary>RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The digits of the amount it was made with, in minor units.</summary>
    public string? InitialAmount { get; init; }

    /// <summary>The digits of what was left of it, in minor units.</summary>
    public string? Amount { get; init; }

    /// <summary>A wire name of <see cref="PaymentType"/>.</summary>
    public string? Type { get; init; }

    /// <summary>A wire name of <see cref="PaymentStatus"/>: what its adjustments come to.</summary>
    public string? Status { get; init; }

    /// <summary>A wire name of <see cref="PaymentScheme"/>.</summary>
    public string? Scheme { get; init; }

    /// <summary>What the amounts are of.</summary>
    public string? Asset { get; init; }

    /// <summary>The id of the account the money leaves; empty is the same as none.</summary>
    public string? SourceAccountId { get; init; }

    /// <summary>The id of the account the money reaches; empty is the same as none.</summary>
    public string? DestinationAccountId { get; init; }

    /// <summary>The company's own facts as they were at the export.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The company's own facts as first given, where they had changed.</summary>
    public IReadOnlyDictionary<string, string>? FirstMetadata { get; init; }

    /// <summary>The text of the provider's own JSON object.</summary>
    public string? Raw { get; init; }

    /// <summary>The steps of its life, the newest first.</summary>
    public IReadOnlyList<ImportedAdjustment> Adjustments { get; init; } = [];
}

/// <summary>One step of an exported payment's life, each value as text; null is what was not given.</summary>
public sealed record ImportedAdjustment
{
    /// <summary>The provider's reference of the step.</summary>
    public string? Reference { get; init; }

    /// <summary>RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>The digits of the amount, in minor units.</summary>
    public string? Amount { get; init; }

    /// <summary>The text of the provider's own JSON object.</summary>
    public string? Raw { get; init; }
}

/// <summary>Brings an exported payment over with its whole life; what is there already is left as it is.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> where a value breaks its rule or the payment is not what its adjustments come to,
/// <see cref="ConflictException"/> where it contradicts what is stored, and <see cref="UnavailableException"/>. The first two change nothing.
/// After the last one a part of the payment's life may be stored, always a life that it had; the same command again stores the rest.
/// </remarks>
public sealed class ImportPaymentHandler(IPaymentRepository payments, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<ImportPaymentCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public async Task<RecordedPayment> Handle(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var (creation, copy) = await ReadAsync(request, cancellationToken);
        var outcome = await payments.AddAsync(creation, cancellationToken);
        if (outcome == AddOutcome.ConnectorNotInstalled)
        {
            throw new ValidationException([InstalledConnector.IsMissing]);
        }

        if (outcome != AddOutcome.Added)
        {
            return await PaymentMetrics.CountChangeAsync(creation.Id, MergeCopyAsync(await FindAsync(), replayed: true));
        }

        PaymentMetrics.CountCreated(creation.Id);
        return await MergeCopyAsync(creation, replayed: false);

        async Task<RecordedPayment> MergeCopyAsync(Payment stored, bool replayed)
        {
            while (stored.MergeCopy(copy) is { Count: > 0 } changes)
            {
                foreach (var changed in changes)
                {
                    if (!await StoreAsync(stored, changed))
                    {
                        // Another change came first.
                        stored = await FindAsync();
                        break;
                    }

                    stored = changed;
                    replayed = false;
                }
            }

            return new(stored, replayed);
        }

        // Never taken out, so what was there still is.
        async Task<Payment> FindAsync() => (await payments.FindAsync(creation.Id, cancellationToken))!;

        Task<bool> StoreAsync(Payment before, Payment after) => after.MetadataRevision > before.MetadataRevision
            ? payments.SaveMetadataAsync(before, after, cancellationToken)
            : payments.AppendAsync(after, cancellationToken);
    }

    private async Task<(Payment Creation, Payment Copy)> ReadAsync(ImportPaymentCommand request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        var id = validation.Required<PaymentId>("id", request.Id);
        var reference = validation.Required<PaymentReference>("reference", request.Reference);
        var connectorId = validation.Required<ConnectorId>("connectorID", request.ConnectorId);
        var createdAt = ProviderClock.ReadCreatedAt(request.CreatedAt, now, validation);
        var initialAmount = validation.Required<MinorUnits>("initialAmount", request.InitialAmount);
        var amount = validation.Required<MinorUnits>("amount", request.Amount);
        var type = validation.RequiredName<PaymentType>("type", request.Type);
        var status = validation.RequiredName<PaymentStatus>("status", request.Status);
        var scheme = validation.RequiredName<PaymentScheme>("scheme", request.Scheme);
        var asset = validation.Required<Asset>("asset", request.Asset);
        var source = validation.Optional<AccountId>("sourceAccountID", request.SourceAccountId);
        var destination = validation.Optional<AccountId>("destinationAccountID", request.DestinationAccountId);
        var metadata = Metadata.From(request.Metadata, "metadata", validation);
        var firstMetadata = request.FirstMetadata is null ? metadata : Metadata.From(request.FirstMetadata, "firstMetadata", validation);
        var adjustments = request.Adjustments.Select((step, i) => Read(step, $"adjustments[{i}]", now, validation)).ToList();
        await connectors.ValidateConnectorAsync(validation, connectorId, cancellationToken);

        // What was written first is the last of what happened at the same instant.
        var first = adjustments.LastOrDefault(step => step.CreatedAt == createdAt && step.Reference == reference)
            ?? throw new ValidationException([new("adjustments", "must have the payment's creation, of its own reference and createdAt")]);
        var creation = Payment.Create(
            new PaymentId(connectorId, reference, type),
            createdAt,
            first.Amount,
            first.Status,
            scheme,
            asset,
            source,
            destination,
            firstMetadata,
            first.Raw,
            now);
        var copy = creation.ReplayHistory(adjustments, metadata);

        Agree("id", copy.Id == id, copy.Id);
        Agree("provider", copy.ConnectorId.Provider.ContractName == request.Provider, copy.ConnectorId.Provider.ContractName);
        Agree("initialAmount", copy.InitialAmount == initialAmount, copy.InitialAmount);
        Agree("amount", copy.Amount == amount, copy.Amount);
        Agree("status", copy.Status == status, WireName<PaymentStatus>.Of(copy.Status));
        Agree("raw", request.Raw is null || copy.Raw.Text == request.Raw, "that of its creation");
        validation.ThrowIfInvalid();
        return (creation, copy);

        void Agree(string field, bool same, object expected)
        {
            if (!same)
            {
                validation.Add(field, $"must be what the other members come to: {expected}");
            }
        }
    }

    private static PaymentAdjustment Read(ImportedAdjustment step, string field, DateTimeOffset now, Validation validation)
    {
        var reference = validation.Required<PaymentReference>($"{field}.reference", step.Reference);
        var createdAt = ProviderClock.ReadCreatedAt(step.CreatedAt, now, validation, $"{field}.createdAt");
        var status = validation.RequiredName<PaymentStatus>($"{field}.status", step.Status);
        var amount = validation.Required<MinorUnits>($"{field}.amount", step.Amount);
        if (step.Raw is null)
        {
            validation.Add($"{field}.raw", "is required");
        }

        return new(reference, createdAt, status, amount, new RawJson(step.Raw ?? "{}"));
    }
}
