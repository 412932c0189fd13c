using Payments.Domain.Connectors;

namespace Payments.Domain.Tests.Connectors;

public sealed class ConnectorNameTests
{
    [Test]
    public void Key_NamesInOtherCase_AreEqual() =>
        Assert.That(Sample.Value<ConnectorName>("Stripe Zürich").Key, Is.EqualTo(Sample.Value<ConnectorName>("stripe zÜRICH").Key));

    [Test]
    public void TryParse_LongName_AcceptsAtMost100Characters()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Read.OrNull<ConnectorName>(string.Concat(Enumerable.Repeat("😀", 100))), Is.Not.Null);
            Assert.That(Read.OrNull<ConnectorName>(new string('a', 101)), Is.Null);
            Assert.That(Read.OrNull<ConnectorName>(" "), Is.Null);
        });
    }
}
