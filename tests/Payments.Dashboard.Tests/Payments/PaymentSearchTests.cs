using Payments.Dashboard.Payments;
using Payments.Domain.Payments;

namespace Payments.Dashboard.Tests.Payments;

public sealed class PaymentSearchTests
{
    private static readonly PaymentFilter Amount10050 = new PaymentFilter.Any([new PaymentFilter.OneOf(PaymentField.Amount, ["10050"]), new PaymentFilter.OneOf(PaymentField.InitialAmount, ["10050"])]);

    [Test]
    public void Read_PaymentId_OpensThePayment() =>
        Assert.That(PaymentSearch.Read($" {Sample.PaymentId} ", null, isAmount: false).PaymentId!.ToString(), Is.EqualTo(Sample.PaymentId));

    [Test]
    public void Read_AccountId_FindsBothDirections()
    {
        var found = PaymentSearch.Read(Sample.AccountId, null, isAmount: false).List;
        Assert.That(found.Read().Filter, Is.EqualTo(new PaymentFilter.Any(
            [new PaymentFilter.OneOf(PaymentField.SourceAccountId, [Sample.AccountId]), new PaymentFilter.OneOf(PaymentField.DestinationAccountId, [Sample.AccountId])])));
        Assert.That(found.SearchedText, Is.EqualTo("Account acc_1"));
    }

    [TestCase("pi_3Pq81k")]
    [TestCase("10050", Description = "a whole number is a reference first")]
    [TestCase("10 050")]
    [TestCase("1.2.3")]
    [TestCase("100.50 eur")]
    public void Read_OtherText_FindsTheExactReference(string text)
    {
        var found = PaymentSearch.Read($" {text} ", null, isAmount: false).List;
        Assert.That(found.Read().Filter, Is.EqualTo(new PaymentFilter.OneOf(PaymentField.Reference, [text])));
        Assert.That(found.SearchedText, Is.EqualTo($"Reference {text}"));
    }

    [TestCase("100.50", null, false, "Amount 10050 in minor units")]
    [TestCase("10.050", null, false, "Amount 10050 in minor units")]
    [TestCase("10050", null, true, "Amount 10050 in minor units")]
    public void Read_AmountWithoutAsset_IsInMinorUnits(string text, string? asset, bool isAmount, string searched)
    {
        var found = PaymentSearch.Read(text, asset, isAmount).List;
        Assert.That(found.Read().Filter, Is.EqualTo(Amount10050));
        Assert.That(found.SearchedText, Is.EqualTo(searched));
    }

    [TestCase("100.50", "EUR/2")]
    [TestCase("100.5 EUR/2", null)]
    [TestCase("100.5 EUR/2", "USD/2")]
    [TestCase("100.50 EUR", null, Description = "as the list shows it")]
    public void Read_AmountWithAsset_IsInMajorUnitsOfTheAsset(string text, string? asset) => Assert.That(
        PaymentSearch.Read(text, asset, isAmount: false).List.Read().Filter,
        Is.EqualTo(new PaymentFilter.All([new PaymentFilter.OneOf(PaymentField.Asset, ["EUR/2"]), Amount10050])));

    [Test]
    public void Read_NoText_ShowsEveryPayment() => Assert.That(PaymentSearch.Read("  ", null, isAmount: false).List.Parameters, Is.Empty);
}
