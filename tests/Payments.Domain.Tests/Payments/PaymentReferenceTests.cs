using Payments.Domain.Payments;

namespace Payments.Domain.Tests.Payments;

public sealed class PaymentReferenceTests
{
    private static readonly string[] Valid =
    [
        "a", "ref-001", "two words", "ümlaut 😀", new string('x', 1000), string.Concat(Enumerable.Repeat("😀", 1000)), "a\u200Bb",
    ];

    private static readonly string[] Invalid =
    [
        "", " ", " a", "a ", "a\u00A0", "\ta", "a\nb", "a\0b", "a\u007Fb", "a\u0085b", "\uD83D", "a\uDE00b", "\uDE00\uD83D", "a\u200B", "\uFEFFa", "a\u2060",
        new string('x', 1001), string.Concat(Enumerable.Repeat("😀", 1001)),
    ];

    [TestCaseSource(nameof(Valid))]
    public void TryParse_ValidReference_KeepsText(string text) => Assert.That(Read.OrNull<PaymentReference>(text), Is.EqualTo(text));

    [TestCaseSource(nameof(Invalid))]
    public void TryParse_InvalidReference_ReturnsFalse(string text) => Assert.That(Read.OrNull<PaymentReference>(text), Is.Null);
}
