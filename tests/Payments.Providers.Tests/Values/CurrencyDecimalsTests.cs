using Payments.Providers.Adyen;
using Payments.Providers.Stripe;
using Payments.Providers.Values;

namespace Payments.Providers.Tests.Values;

public sealed class CurrencyDecimalsTests
{
    [TestCase(2, "USD", "eur", "ISK", "UGX", "HUF", "TWD", "CVE", "IDR", "MRO")]
    [TestCase(0, "BIF", "CLP", "DJF", "GNF", "jpy", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")]
    [TestCase(3, "BHD", "JOD", "KWD", "OMR", "TND")]
    public void Asset_Stripe_StatesItsDecimals(int decimals, params string[] currencies) =>
        Assert.That(currencies.Select(StripeAmounts.Decimals.Asset), Is.EqualTo(currencies.Select(currency => $"{currency.ToUpperInvariant()}/{decimals}")));

    [TestCase(2, "USD", "CLP", "ISK", "BIF", "MGA", "HUF", "TWD")]
    [TestCase(0, "CVE", "DJF", "GNF", "IDR", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")]
    [TestCase(1, "MRO")]
    [TestCase(3, "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")]
    public void Asset_Adyen_StatesItsDecimals(int decimals, params string[] currencies) =>
        Assert.That(currencies.Select(AdyenAmounts.Decimals.Asset), Is.EqualTo(currencies.Select(currency => $"{currency}/{decimals}")));

    [TestCase("")]
    [TestCase("US")]
    [TestCase("USDC")]
    [TestCase("US1")]
    [TestCase("USD\n")]
    public void Asset_NoCurrencyCode_IsRejected(string currency) => Assert.Throws<UnusableValueException>(() => StripeAmounts.Decimals.Asset(currency));

    [TestCase("12.50", "usd", ExpectedResult = "1250")]
    [TestCase("-12.5", "usd", ExpectedResult = "1250")]
    [TestCase("12", "usd", ExpectedResult = "1200")]
    [TestCase("0.00", "usd", ExpectedResult = "0")]
    [TestCase("0.07", "usd", ExpectedResult = "7")]
    [TestCase("100.00", "jpy", ExpectedResult = "100")]
    [TestCase("1.234", "kwd", ExpectedResult = "1234")]
    [TestCase("123456789012345678901234567890123456.78", "usd", ExpectedResult = "12345678901234567890123456789012345678")]
    [TestCase("0.001", "usd", ExpectedResult = null)]
    [TestCase("100.50", "jpy", ExpectedResult = null)]
    [TestCase("12,50", "usd", ExpectedResult = null)]
    [TestCase("1 000.00", "usd", ExpectedResult = null)]
    [TestCase("1e3", "usd", ExpectedResult = null)]
    [TestCase("+1.00", "usd", ExpectedResult = null)]
    [TestCase(".50", "usd", ExpectedResult = null)]
    [TestCase("1.", "usd", ExpectedResult = null)]
    [TestCase("", "usd", ExpectedResult = null)]
    [TestCase("١", "usd", ExpectedResult = null)]
    public string? ToMinorUnits_Number_IsExactOrRejected(string number, string currency)
    {
        try
        {
            return StripeAmounts.Decimals.ToMinorUnits("gross", number, currency);
        }
        catch (UnusableValueException e)
        {
            Assert.That(e.Message, Does.StartWith("gross must be a number with a point"));
            return null;
        }
    }
}
