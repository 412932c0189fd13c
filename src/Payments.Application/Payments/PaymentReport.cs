namespace Payments.Application.Payments;

/// <summary>A command that records a report of a payment or of an adjustment.</summary>
public interface IPaymentReport : IRequest<RecordedPayment>
{
    /// <summary>The connector that reports it; null if the connector's id is invalid.</summary>
    ConnectorId? Connector { get; }
}

/// <summary>A provider's report of a payment, which is an adjustment under the payment's own reference.</summary>
public abstract record PaymentReport : AdjustmentReport, IPaymentReport
{
    /// <summary>The id of the connector that reports the payment.</summary>
    public string? ConnectorId { get; init; }
    /// <summary>A wire name of <see cref="PaymentType"/>.</summary>
    public string? Type { get; init; }
    /// <summary>A wire name of <see cref="PaymentScheme"/>.</summary>
    public string? Scheme { get; init; }
    /// <summary>The asset of the amount.</summary>
    public string? Asset { get; init; }
    /// <summary>The id of the account that the money leaves; empty means none.</summary>
    public string? SourceAccountId { get; init; }
    /// <summary>The id of the account that the money reaches; empty means none.</summary>
    public string? DestinationAccountId { get; init; }
    /// <summary>The metadata.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    ConnectorId? IPaymentReport.Connector => ConnectorId is not null && Domain.Connectors.ConnectorId.TryParse(ConnectorId, out var id) ? id : null;

    /// <summary>Reads the values and adds every broken rule to the validation. Use the result only if the validation has no errors.</summary>
    internal PaymentValues Read(DateTimeOffset now, Validation validation)
    {
        var reference = validation.Required<PaymentReference>("reference", Reference);
        var connectorId = validation.Required<ConnectorId>("connectorID", ConnectorId);
        var createdAt = ProviderClock.ReadCreatedAt(CreatedAt, now, validation);
        var amount = validation.Required<MinorUnits>("amount", Amount);
        var type = validation.RequiredName<PaymentType>("type", Type);
        var status = validation.RequiredName<PaymentStatus>("status", Status);
        var details = new PaymentDetails(
            validation.RequiredName<PaymentScheme>("scheme", Scheme),
            validation.Required<Asset>("asset", Asset),
            validation.Optional<AccountId>("sourceAccountID", SourceAccountId),
            validation.Optional<AccountId>("destinationAccountID", DestinationAccountId));
        var metadata = Domain.Metadata.From(Metadata, "metadata", validation);
        return new(new PaymentId(connectorId, reference, type), createdAt, amount, status, details, metadata);
    }
}

internal sealed record PaymentValues(PaymentId Id, Instant CreatedAt, MinorUnits Amount, PaymentStatus Status, PaymentDetails Details, Metadata Metadata);

/// <summary>A provider's report of an adjustment. Each value is the text that was received; null if there was none.</summary>
public record AdjustmentReport
{
    /// <summary>The provider's reference.</summary>
    public string? Reference { get; init; }
    /// <summary>The provider's time of the event: RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }
    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public string? Status { get; init; }
    /// <summary>The digits of the amount in minor units.</summary>
    public string? Amount { get; init; }
    /// <summary>The text of the provider's own JSON object.</summary>
    public string? Raw { get; init; }
}
