using Payments.Domain.Connectors;

namespace Payments.Domain.Tests.Connectors;

public sealed class ProviderTests
{
    [TestCase("stripe", "stripe", "STRIPE")]
    [TestCase("STRIPE", "stripe", "STRIPE")]
    [TestCase("dummypay", "dummypay", "DUMMY-PAY")]
    [TestCase("Dummy-Pay", "dummypay", "DUMMY-PAY")]
    [TestCase("BANKING-CIRCLE", "bankingcircle", "BANKING-CIRCLE")]
    [TestCase("currencycloud", "currencycloud", "CURRENCY-CLOUD")]
    [TestCase("Acme42", "acme42", "ACME42")]
    public void TryParse_AnyForm_HasIdAndContractName(string text, string id, string contractName)
    {
        var provider = Sample.Value<Provider>(text);
        Assert.Multiple(() =>
        {
            Assert.That(provider.Id, Is.EqualTo(id));
            Assert.That(provider.ContractName, Is.EqualTo(contractName));
        });
    }

    [TestCase("")]
    [TestCase("stri-pe")]
    [TestCase("my provider")]
    [TestCase("é")]
    [TestCase("a_b")]
    public void TryParse_InvalidName_ReturnsFalse(string text) => Assert.That(Read.OrNull<Provider>(text), Is.Null);

    [Test]
    public void TryParse_LongName_AcceptsAtMost64Characters()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Read.OrNull<Provider>(new string('a', 64)), Is.Not.Null);
            Assert.That(Read.OrNull<Provider>(new string('a', 65)), Is.Null);
        });
    }
}
