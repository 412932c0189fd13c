using Payments.Domain.Accounts;

namespace Payments.Domain.Payments;

/// <summary>What every report of one payment says alike. What is unknown is filled in by a later report.</summary>
/// <param name="Scheme">The scheme that carries the payment; <see cref="PaymentScheme.Unknown"/> if it was not reported.</param>
/// <param name="Asset">The asset of every amount of the payment.</param>
/// <param name="SourceAccountId">The account that the money leaves; null if it was not reported.</param>
/// <param name="DestinationAccountId">The account that the money reaches; null if it was not reported.</param>
public sealed record PaymentDetails(PaymentScheme Scheme, Asset Asset, AccountId? SourceAccountId, AccountId? DestinationAccountId)
{
    /// <summary>Adds what a report knows; the same instance if that is nothing new.</summary>
    internal PaymentDetails Fill(PaymentDetails report, Differences differences)
    {
        var scheme = Fill("scheme", Scheme, report.Scheme, PaymentScheme.Unknown, WireName<PaymentScheme>.Of);
        differences.Compare("asset", Asset == report.Asset, Asset);
        var filled = new PaymentDetails(
            scheme,
            Asset,
            Fill("sourceAccountID", SourceAccountId, report.SourceAccountId, null, id => id!.ToString()),
            Fill("destinationAccountID", DestinationAccountId, report.DestinationAccountId, null, id => id!.ToString()));
        return filled == this ? this : filled;

        T Fill<T>(string field, T known, T reported, T unknown, Func<T, string> toText)
        {
            var equality = EqualityComparer<T>.Default;
            if (equality.Equals(known, unknown))
            {
                return reported;
            }

            if (!equality.Equals(reported, unknown) && !equality.Equals(reported, known))
            {
                differences.Compare(field, isSame: false, toText(known));
            }

            return known;
        }
    }
}
