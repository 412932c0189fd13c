using System.Security.Cryptography;
using Payments.Providers.Tests.Stories;

namespace Payments.Providers.Tests.Acme;

/// <summary>The example of CONTRIBUTING.md works, and a further provider is as short as it says.</summary>
public sealed class AcmeWebhooksTests
{
    private const string Secret = "a secret of 24 characters";

    private static readonly ConnectorId Acme = new(Sample.Value<Provider>("acme"), Guid.Parse("7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"));

    private static readonly Story Refunded = new(
        "paid and refunded in two parts",
        [
            """{"id":"e1","type":"payment.paid","time":1714564800,"payment":{"id":"p1","amount":1000,"currency":"JPY"}}""",
            """{"id":"e2","type":"refund.paid","time":1714564809,"refund":{"id":"r1","payment":"p1","amount":300,"currency":"JPY"}}""",
            """{"id":"e3","type":"refund.paid","time":1714564812,"refund":{"id":"r2","payment":"p1","amount":200,"currency":"JPY"}}""",
            """{"id":"e4","type":"customer.created"}""",
        ],
        "p1 PAY-IN REFUNDED 1000 500 JPY/0 unknown @0");

    [Test]
    public Task Events_InEveryOrder_EndInOneState() => Refunded.PlayAsync(() => new(Acme, new AcmeWebhooks(), new AcmeSettings([Secret])), body => Request(body, Secret));

    [Test]
    public void Receive_OtherSecret_IsRejected() =>
        Assert.Throws<WebhookRejectedException>(() => new AcmeWebhooks().Receive(Request("{}", "another secret"), new AcmeSettings([Secret]), Sample.Now));

    [Test]
    public void Contributing_ShowsTheMapping()
    {
        var shown = RepositoryFolder.Read("CONTRIBUTING.md").Split("```csharp\n")[1].Split("```")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var code = RepositoryFolder.Read("tests/Payments.Providers.Tests/Acme/AcmeWebhooks.cs").Split('\n', StringSplitOptions.TrimEntries);
        Assert.That(shown, Has.Length.AtLeast(10));
        Assert.That(shown, Is.SubsetOf(code));
    }

    private static ProviderRequest Request(string body, string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes));
        return new(name => name == "Acme-Signature" ? signature : null, bytes);
    }
}
