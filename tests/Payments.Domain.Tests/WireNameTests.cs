using Payments.Domain.Accounts;
using Payments.Domain.Payments;

namespace Payments.Domain.Tests;

public sealed class WireNameTests
{
    // Repeated here, so a typo in the enums fails.
    private static readonly string[] Types = ["PAY-IN", "PAYOUT", "TRANSFER", "OTHER"];

    private static readonly string[] AccountTypes = ["INTERNAL", "EXTERNAL"];

    private static readonly string[] Statuses =
    [
        "PENDING", "SUCCEEDED", "CANCELLED", "FAILED", "EXPIRED", "REFUNDED", "REFUNDED_FAILURE", "DISPUTE", "DISPUTE_WON", "DISPUTE_LOST",
        "OTHER",
    ];

    private static readonly string[] Schemes =
    [
        "unknown", "other", "visa", "mastercard", "amex", "diners", "discover", "jcb", "unionpay", "alipay", "cup", "sepa debit",
        "sepa credit", "sepa", "apple pay", "google pay", "doku", "dragonpay", "maestro", "molpay", "a2a", "ach debit", "ach", "rtp",
    ];

    [Test]
    public void All_EachEnum_EqualsContract()
    {
        Assert.Multiple(() =>
        {
            Assert.That(WireName<PaymentType>.All, Is.EqualTo(Types));
            Assert.That(WireName<AccountType>.All, Is.EqualTo(AccountTypes));
            Assert.That(WireName<PaymentStatus>.All, Is.EqualTo(Statuses));
            Assert.That(WireName<PaymentScheme>.All, Is.EqualTo(Schemes));
        });
    }

    [Test]
    public void Of_EachScheme_IsParsedToSameScheme() =>
        Assert.That(Enum.GetValues<PaymentScheme>().Select(WireName<PaymentScheme>.Of).Select(WireName<PaymentScheme>.Parse), Is.EqualTo(Enum.GetValues<PaymentScheme>()));

    [TestCase("VISA")]
    [TestCase(" visa")]
    [TestCase("visa ")]
    [TestCase("SepaDebit")]
    [TestCase("sepa debit, a2a")]
    [TestCase("3")]
    [TestCase("")]
    public void TryParse_NotExactName_ReturnsFalse(string text) =>
        Assert.That(WireName<PaymentScheme>.TryParse(text, out _), Is.False);

    [Test]
    public void Of_UndefinedValue_Throws()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => WireName<PaymentType>.Of(default), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => WireName<PaymentType>.Of((PaymentType)5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }
}
