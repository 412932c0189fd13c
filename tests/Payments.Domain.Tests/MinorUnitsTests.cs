namespace Payments.Domain.Tests;

public sealed class MinorUnitsTests
{
    private const string Largest = "99999999999999999999999999999999999999";

    [TestCase("0")]
    [TestCase("1")]
    [TestCase("9223372036854775808")]
    [TestCase(Largest)]
    public void TryParse_AmountInRange_KeepsEveryDigit(string text) =>
        Assert.That(Read.OrNull<MinorUnits>(text), Is.EqualTo(text));

    [TestCase("")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase("01")]
    [TestCase("00")]
    [TestCase("1.0")]
    [TestCase("1e3")]
    [TestCase(" 1")]
    [TestCase("1_000")]
    [TestCase("١")]
    [TestCase("100000000000000000000000000000000000000")]
    public void TryParse_InvalidAmount_ReturnsFalse(string text) =>
        Assert.That(Read.OrNull<MinorUnits>(text), Is.Null);

    [Test]
    [CancelAfter(5000)]
    public void TryParse_TwoHundredThousandDigits_ReturnsFalseQuickly() =>
        Assert.That(Read.OrNull<MinorUnits>(new string('9', 200_000)), Is.Null);

    [TestCase("0", "00000000000000000000000000000000000000")]
    [TestCase("1200", "00000000000000000000000000000000001200")]
    [TestCase(Largest, Largest)]
    public void Restore_PaddedString_EqualsAmount(string text, string padded)
    {
        var amount = Sample.Value<MinorUnits>(text);
        Assert.Multiple(() =>
        {
            Assert.That(amount.ToPaddedString(), Is.EqualTo(padded));
            Assert.That(MinorUnits.Restore(padded), Is.EqualTo(amount));
        });
    }
}
