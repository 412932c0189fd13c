using System.Buffers.Text;
using System.Text;
using Payments.Domain.Accounts;

namespace Payments.Domain.Tests.Accounts;

public sealed class AccountIdTests
{
    private const string Json = """{"ConnectorID":{"Provider":"stripe","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"},"Reference":"acc_1"}""";

    [Test]
    public void ToString_AccountId_IsBase64UrlOfCanonicalJson()
    {
        var text = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Json));
        Assert.That(Read.OrNull<AccountId>(text), Is.EqualTo(text));
    }

    [TestCase("""{"ConnectorID":{"Provider":"stripe","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"},"Reference":""}""")]
    [TestCase("""{"ConnectorID":{"Provider":"stripe","Reference":"7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"},"Reference":"acc_1","Type":"PAY-IN"}""")]
    [TestCase("""{"ConnectorID":{"Provider":"stripe","Reference":"x"},"Reference":"acc_1"}""")]
    public void TryParse_InvalidJson_ReturnsFalse(string json) =>
        Assert.That(Read.OrNull<AccountId>(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json))), Is.Null);
}
