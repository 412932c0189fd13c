using System.Buffers.Text;
using System.Text;
using Payments.Domain.Accounts;

namespace Payments.Domain.Tests.Accounts;

public sealed class AccountIdTests
{
    [Test]
    public void ToString_AccountId_IsBase64UrlOfCanonicalJson() => Assert.That(
        Read.OrNull<AccountId>(Encode($$"""{"ConnectorID":{{Sample.ConnectorJson}},"Reference":"acc_1"}""")), Is.EqualTo(Sample.AccountId));

    [TestCase($$"""{"ConnectorID":{{Sample.ConnectorJson}},"Reference":""}""")]
    [TestCase($$"""{"ConnectorID":{{Sample.ConnectorJson}},"Reference":"acc_1","Type":"PAY-IN"}""")]
    [TestCase("""{"ConnectorID":{"Provider":"stripe","Reference":"x"},"Reference":"acc_1"}""")]
    public void TryParse_InvalidJson_ReturnsFalse(string json) => Assert.That(Read.OrNull<AccountId>(Encode(json)), Is.Null);

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
