using Payments.Domain.Webhooks;

namespace Payments.Domain.Tests.Webhooks;

public sealed class WebhookUrlTests
{
    [TestCase("https://shop.example/hooks")]
    [TestCase("https://shop.example:8443/hooks?tenant=7")]
    [TestCase("HTTPS://shop.example")]
    [TestCase("https://bücher.example/hooks")]
    [TestCase("https://10.0.0.1/hooks", Description = "the service decides, by its settings")]
    [TestCase("http://localhost:5000/hooks")]
    [TestCase("http://127.0.0.1:5000/hooks")]
    [TestCase("http://[::1]:5000/hooks")]
    public void TryParse_Accepted_KeepsTheText(string text)
    {
        Assert.That(WebhookUrl.TryParse(text, out var url), Is.True);
        Assert.That(url!.Text, Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("shop.example/hooks")]
    [TestCase("/hooks")]
    [TestCase("https:///hooks")]
    [TestCase("https:shop.example")]
    [TestCase("http://shop.example/hooks")]
    [TestCase("http://localhost.shop.example/hooks")]
    [TestCase("ftp://shop.example/hooks")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://localhost/")]
    [TestCase("https://user@shop.example/hooks")]
    [TestCase("https://user:password@shop.example/hooks")]
    [TestCase("https://shop.example/hooks#part")]
    [TestCase("https://shop.example/hooks#")]
    [TestCase(" https://shop.example/hooks")]
    [TestCase("https://shop.example/ho oks")]
    [TestCase("https://shop.example/\nhooks")]
    public void TryParse_Rejected_ReturnsFalse(string text) => Assert.That(WebhookUrl.TryParse(text, out _), Is.False);

    [TestCase(2000, true)]
    [TestCase(2001, false)]
    public void TryParse_Length_IsLimited(int length, bool expected) =>
        Assert.That(WebhookUrl.TryParse("https://shop.example/".PadRight(length, 'a'), out _), Is.EqualTo(expected));
}
