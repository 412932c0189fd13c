using Payments.Providers.Values;

namespace Payments.Providers.Adyen;

/// <summary>The decimals of Adyen's amounts (docs.adyen.com/development-resources/currency-codes). CLP, ISK, CVE and IDR differ from ISO 4217.</summary>
internal static class AdyenAmounts
{
    public static CurrencyDecimals Decimals { get; } = new(new Dictionary<int, string>
    {
        [0] = "CVE DJF GNF IDR JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
        [1] = "MRO",
        [3] = "BHD IQD JOD KWD LYD OMR TND",
    });
}
