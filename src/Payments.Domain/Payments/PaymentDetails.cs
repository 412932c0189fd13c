using Payments.Domain.Accounts;

namespace Payments.Domain.Payments;

/// <summary>The values that all reports of a payment have in common. A later report can fill in a scheme that
/// is <see cref="PaymentScheme.Unknown"/> and an account that is null; known values never change.</summary>
public sealed record PaymentDetails(PaymentScheme Scheme, Asset Asset, AccountId? SourceAccountId, AccountId? DestinationAccountId)
{
    /// <summary>Fills in what a report knows. Returns this instance if the report has nothing new.</summary>
    internal PaymentDetails Fill(PaymentDetails report, Differences differences)
    {
        var filled = new PaymentDetails(
            Scheme == PaymentScheme.Unknown ? report.Scheme : Scheme, Asset,
            SourceAccountId ?? report.SourceAccountId, DestinationAccountId ?? report.DestinationAccountId);
        differences.Compare("scheme", report.Scheme == PaymentScheme.Unknown || report.Scheme == filled.Scheme, WireName<PaymentScheme>.Of(filled.Scheme));
        differences.Compare("asset", report.Asset == Asset, Asset);
        CompareAccount("sourceAccountID", filled.SourceAccountId, report.SourceAccountId);
        CompareAccount("destinationAccountID", filled.DestinationAccountId, report.DestinationAccountId);
        return filled == this ? this : filled;

        void CompareAccount(string field, AccountId? known, AccountId? reported) => differences.Compare(field, reported is null || reported == known, known);
    }
}
