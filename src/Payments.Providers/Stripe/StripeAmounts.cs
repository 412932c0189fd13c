using Payments.Providers.Values;

namespace Payments.Providers.Stripe;

/// <summary>The decimals of Stripe's amounts (docs.stripe.com/currencies). ISK and UGX have two, which are always 00. HUF and TWD have two
/// everywhere; their payouts are only multiples of 100.</summary>
internal static class StripeAmounts
{
    public static CurrencyDecimals Decimals { get; } = new(new Dictionary<int, string>
    {
        [0] = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
        [3] = "BHD JOD KWD OMR TND",
    });
}
