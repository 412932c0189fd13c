using MediatR;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>A provider's report of a payment, each value as it came over the wire; null is what was not given.</summary>
public sealed record CreatePaymentCommand : IRequest<RecordedPayment>
{
    /// <summary>The provider's reference.</summary>
    public string? Reference { get; init; }

    /// <summary>The id of the connector it came through.</summary>
    public string? ConnectorId { get; init; }

    /// <summary>RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The digits of the amount, in minor units.</summary>
    public string? Amount { get; init; }

    /// <summary>A wire name of <see cref="PaymentType"/>.</summary>
    public string? Type { get; init; }

    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>A wire name of <see cref="PaymentScheme"/>.</summary>
    public string? Scheme { get; init; }

    /// <summary>What the amount is of.</summary>
    public string? Asset { get; init; }

    /// <summary>The id of the account the money leaves; empty is the same as none.</summary>
    public string? SourceAccountId { get; init; }

    /// <summary>The id of the account the money reaches; empty is the same as none.</summary>
    public string? DestinationAccountId { get; init; }

    /// <summary>The company's own facts.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The text of the provider's own JSON object.</summary>
    public required string Raw { get; init; }
}

/// <summary>Records a payment once: the first report stores it, a new status moves it on, a repetition changes nothing.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> naming every broken rule, <see cref="ConflictException"/> where the report contradicts what
/// is stored, and <see cref="UnavailableException"/> where the store did not answer; none of them changes anything.
/// </remarks>
public sealed class CreatePaymentHandler(IPaymentRepository payments, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<CreatePaymentCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public async Task<RecordedPayment> Handle(CreatePaymentCommand request, CancellationToken cancellationToken)
    {
        var report = await ReadAsync(request, cancellationToken);
        switch (await payments.AddAsync(report, cancellationToken))
        {
            case AddOutcome.Added:
                PaymentMetrics.CountCreated(report.Id);
                return new(report, Replayed: false);
            case AddOutcome.ConnectorNotInstalled:
                throw new ValidationException([InstalledConnector.IsMissing]);
            default:
                return await PaymentMetrics.CountChangeAsync(report.Id, payments.ChangeAsync(
                    report.Id, stored => stored.ApplyReport(report), (_, changed, token) => payments.AppendAsync(changed, token), cancellationToken));
        }
    }

    private async Task<Payment> ReadAsync(CreatePaymentCommand request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        var reference = validation.Required<PaymentReference>("reference", request.Reference);
        var connectorId = validation.Required<ConnectorId>("connectorID", request.ConnectorId);
        var createdAt = ProviderClock.ReadCreatedAt(request.CreatedAt, now, validation);
        var amount = validation.Required<MinorUnits>("amount", request.Amount);
        var type = validation.RequiredName<PaymentType>("type", request.Type);
        var status = validation.RequiredName<PaymentStatus>("status", request.Status);
        var scheme = validation.RequiredName<PaymentScheme>("scheme", request.Scheme);
        var asset = validation.Required<Asset>("asset", request.Asset);
        var source = validation.Optional<AccountId>("sourceAccountID", request.SourceAccountId);
        var destination = validation.Optional<AccountId>("destinationAccountID", request.DestinationAccountId);
        var metadata = Metadata.From(request.Metadata, "metadata", validation);
        await connectors.ValidateConnectorAsync(validation, connectorId, cancellationToken);
        return Payment.Create(
            new PaymentId(connectorId, reference, type),
            createdAt,
            amount,
            status,
            scheme,
            asset,
            source,
            destination,
            metadata,
            new RawJson(request.Raw),
            now);
    }
}
