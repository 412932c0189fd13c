using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>The ids of a payment for its rows and for its event. Each text is encoded once, because that takes as long as to hash it.</summary>
internal sealed class PaymentIds(Payment payment)
{
    public byte[] Hash { get; } = IdHash.Of(payment.Id);
    public string Connector { get; } = payment.ConnectorId.ToString();
    public string? SourceAccount { get; } = payment.Details.SourceAccountId?.ToString();
    public string? DestinationAccount { get; } = payment.Details.DestinationAccountId?.ToString();
}
