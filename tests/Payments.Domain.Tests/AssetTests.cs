namespace Payments.Domain.Tests;

public sealed class AssetTests
{
    [TestCase("U")]
    [TestCase("USD")]
    [TestCase("USD/2")]
    [TestCase("BTC/8")]
    [TestCase("JPY/0")]
    [TestCase("A2345678901234567/123456")]
    [TestCase("USD_CARD/2")]
    [TestCase("USD_ABCDEFGHIJKLMNOP")]
    public void TryParse_ValidAsset_KeepsText(string text) => Assert.That(Read.OrNull<Asset>(text), Is.EqualTo(text));

    [TestCase("")]
    [TestCase("usd")]
    [TestCase("2USD")]
    [TestCase("A23456789012345678")]
    [TestCase("USD/")]
    [TestCase("USD/1234567")]
    [TestCase("USD/2\n")]
    [TestCase("USD/٢")]
    [TestCase("USD_")]
    [TestCase("USD_ABCDEFGHIJKLMNOPQ")]
    [TestCase(" USD")]
    [TestCase("USD/-2")]
    public void TryParse_InvalidAsset_ReturnsFalse(string text) => Assert.That(Read.OrNull<Asset>(text), Is.Null);
}
