using Payments.Domain.Accounts;

namespace Payments.Domain.Tests.Accounts;

[TestFixture(typeof(AccountName))]
[TestFixture(typeof(AccountReference))]
public sealed class AccountTextTests<TText>
    where TText : IValueObject<TText>
{
    [Test]
    public void TryParse_LongText_AcceptsAtMost1000Characters()
    {
        var longest = string.Concat(Enumerable.Repeat("😀", 1000));
        Assert.Multiple(() =>
        {
            Assert.That(Read.OrNull<TText>(longest), Is.EqualTo(longest));
            Assert.That(Read.OrNull<TText>(new string('a', 1001)), Is.Null);
        });
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase(" a")]
    [TestCase("a\n")]
    [TestCase("a\0b")]
    public void TryParse_InvalidText_ReturnsFalse(string text) => Assert.That(Read.OrNull<TText>(text), Is.Null);

    [Test]
    public void TryParse_LoneSurrogate_ReturnsFalse() => Assert.That(Read.OrNull<TText>("😀"[..1]), Is.Null);
}
