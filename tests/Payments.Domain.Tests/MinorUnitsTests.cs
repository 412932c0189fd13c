using System.Numerics;

namespace Payments.Domain.Tests;

public sealed class MinorUnitsTests
{
    private const string Largest = "99999999999999999999999999999999999999";

    [TestCase("0")]
    [TestCase("1")]
    [TestCase("9223372036854775808")]
    [TestCase(Largest)]
    public void TryParse_WhenWithinTheRange_KeepsEveryDigit(string text) =>
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
    public void TryParse_WhenNotDigitsOfTheRange_RefusesIt(string text) =>
        Assert.That(Read.OrNull<MinorUnits>(text), Is.Null);

    [Test]
    [CancelAfter(5000)]
    public void TryParse_WhenTwoHundredThousandDigits_RefusesThemUnparsed() =>
        Assert.That(Read.OrNull<MinorUnits>(new string('9', 200_000)), Is.Null);

    [TestCase("0", "00000000000000000000000000000000000000")]
    [TestCase("1200", "00000000000000000000000000000000001200")]
    [TestCase(Largest, Largest)]
    public void Restore_OfAPaddedString_IsTheSameAmount(string text, string padded)
    {
        var amount = Sample.Value<MinorUnits>(text);
        Assert.Multiple(() =>
        {
            Assert.That(amount.ToPaddedString(), Is.EqualTo(padded));
            Assert.That(MinorUnits.Restore(padded), Is.EqualTo(amount));
        });
    }

    [Test]
    public void Subtraction_WhenMoreIsTakenThanThereIs_Throws()
    {
        Assert.Multiple(() =>
        {
            Assert.That((Sample.Value<MinorUnits>("5") - Sample.Value<MinorUnits>("5")).Value, Is.EqualTo(BigInteger.Zero));
            Assert.That(() => Sample.Value<MinorUnits>("5") - Sample.Value<MinorUnits>("6"), Throws.InstanceOf<OverflowException>());
        });
    }
}
