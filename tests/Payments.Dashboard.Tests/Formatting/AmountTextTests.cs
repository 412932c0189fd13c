using System.Globalization;
using System.Numerics;
using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Tests.Formatting;

public sealed class AmountTextTests
{
    private const string Digits = "12345678901234567890123456789012345678";

    [TestCase("100.50", "EUR/2", "10050")]
    [TestCase("100.5", "EUR/2", "10050")]
    [TestCase("100", "EUR/2", "10000")]
    [TestCase("0.01", "EUR/2", "1")]
    [TestCase("0", "EUR/2", "0")]
    [TestCase("007", "JPY/0", "7")]
    [TestCase("12.345", "KWD/3", "12345")]
    [TestCase("5", "USD", "5")]
    [TestCase("123456789012345678901234567890123456.78", "EUR/2", Digits)]
    public void Parse_AmountInMajorUnits_ReturnsMinorUnits(string text, string asset, string digits) =>
        Assert.That(AmountText.Parse(text, asset), Is.EqualTo(digits));

    [TestCase("100.505", "EUR/2")]
    [TestCase("1.0", "JPY/0")]
    [TestCase("1,000.00", "EUR/2")]
    [TestCase("100,50", "EUR/2")]
    [TestCase("-1", "EUR/2")]
    [TestCase("1e3", "EUR/2")]
    [TestCase(".5", "EUR/2")]
    [TestCase("5.", "EUR/2")]
    [TestCase("1.2.3", "EUR/2")]
    [TestCase("١", "EUR/2")]
    [TestCase("", "EUR/2")]
    [TestCase(Digits, "EUR/2")]
    public void Parse_OtherText_ReturnsNull(string text, string asset) => Assert.That(AmountText.Parse(text, asset), Is.Null);

    [TestCase("10050", "EUR/2", "100.50")]
    [TestCase("1", "EUR/2", "0.01")]
    [TestCase("12800", "JPY/0", "12800")]
    [TestCase(Digits, "KWD/3", "12345678901234567890123456789012345.678")]
    public void ToInput_Amount_IsReadBack(string digits, string asset, string text)
    {
        Assert.That(AmountText.ToInput(digits, asset), Is.EqualTo(text));
        Assert.That(AmountText.Parse(text, asset), Is.EqualTo(digits));
    }

    [Test]
    public void Of_38Digits_IsExact() => Assert.That(
        AmountText.Of(BigInteger.Parse(Digits, CultureInfo.InvariantCulture), "EUR/2", CultureInfo.GetCultureInfo("en-US").NumberFormat),
        Is.EqualTo("123,456,789,012,345,678,901,234,567,890,123,456.78"));

    [Test]
    public void Of_GermanReader_HasPointsAndAComma() => Assert.That(
        AmountText.Of(-123456, "EUR/2", CultureInfo.GetCultureInfo("de-DE").NumberFormat), Is.EqualTo("-1.234,56"));

    [Test]
    public void Of_MoreDecimalsThanAnAmountHasDigits_IsInMinorUnits() => Assert.That(
        (AmountText.Of(1234, "X/999999", CultureInfo.InvariantCulture.NumberFormat), AmountText.Currency("X/999999")), Is.EqualTo(("1,234", "X/999999")));
}
