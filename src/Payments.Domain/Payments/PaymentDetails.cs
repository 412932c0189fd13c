using Payments.Domain.Accounts;

namespace Payments.Domain.Payments;

/// <summary>What every report of one payment says alike.</summary>
/// <param name="Scheme">The scheme that carries the payment.</param>
/// <param name="Asset">The asset of every amount of the payment.</param>
/// <param name="SourceAccountId">The account that the money leaves; null if it was not given.</param>
/// <param name="DestinationAccountId">The account that the money reaches; null if it was not given.</param>
public sealed record PaymentDetails(PaymentScheme Scheme, Asset Asset, AccountId? SourceAccountId, AccountId? DestinationAccountId)
{
    internal void CompareWith(PaymentDetails report, Differences differences)
    {
        differences.Compare("scheme", Scheme == report.Scheme, WireName<PaymentScheme>.Of(Scheme));
        differences.Compare("asset", Asset == report.Asset, Asset);
        differences.Compare("sourceAccountID", SourceAccountId == report.SourceAccountId, SourceAccountId);
        differences.Compare("destinationAccountID", DestinationAccountId == report.DestinationAccountId, DestinationAccountId);
    }
}
