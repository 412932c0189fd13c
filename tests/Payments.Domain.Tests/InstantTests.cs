namespace Payments.Domain.Tests;

public sealed class InstantTests
{
    [TestCase("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z")]
    [TestCase("2024-05-01t12:00:00z", "2024-05-01T12:00:00Z")]
    [TestCase("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00Z")]
    [TestCase("2024-05-01T12:00:00-00:00", "2024-05-01T12:00:00Z")]
    [TestCase("2024-05-01T12:00:00-23:59", "2024-05-02T11:59:00Z")]
    [TestCase("2024-05-01T12:00:00.5Z", "2024-05-01T12:00:00.5Z")]
    [TestCase("2024-05-01T12:00:00.1234567Z", "2024-05-01T12:00:00.1234567Z")]
    [TestCase("2024-05-01T12:00:00.120000000Z", "2024-05-01T12:00:00.12Z")]
    [TestCase("2024-05-01T12:00:00.123456799Z", "2024-05-01T12:00:00.1234567Z")]
    [TestCase("2024-05-01T12:00:00.25+02:00", "2024-05-01T10:00:00.25Z")]
    [TestCase("2024-05-01t12:00:00.123456789-02:00", "2024-05-01T14:00:00.1234567Z")]
    [TestCase("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z")]
    [TestCase("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [TestCase("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")]
    public void TryParse_Rfc3339_ReadsUtc(string text, string expected) =>
        Assert.That(Read.OrNull<Instant>(text), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("2024-05-01")]
    [TestCase("0000-01-01T00:00:00Z")]
    [TestCase("2024-05-01T12:00:00")]
    [TestCase("2024-05-01 12:00:00Z")]
    [TestCase("2024-05-01T12:00Z")]
    [TestCase("2024-05-01T12:00:00.Z")]
    [TestCase("2024-05-01T12:00:00+2:00")]
    [TestCase("2024-05-01T12:00:00+24:00")]
    [TestCase("2024-05-01T12:00:00+02:60")]
    [TestCase("2024-05-01T24:00:00Z")]
    [TestCase("2024-05-01T12:00:60Z")]
    [TestCase("2023-02-29T00:00:00Z")]
    [TestCase("0001-01-01T00:00:00+00:01")]
    [TestCase("9999-12-31T23:59:59-00:01")]
    [TestCase("2024-05-01T12:00:00Z\n")]
    [TestCase(" 2024-05-01T12:00:00Z")]
    [TestCase("٢٠٢٤-05-01T12:00:00Z")]
    public void TryParse_NotRfc3339_ReturnsFalse(string text) =>
        Assert.That(Read.OrNull<Instant>(text), Is.Null);
}
