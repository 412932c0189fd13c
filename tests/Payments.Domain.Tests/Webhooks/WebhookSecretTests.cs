using Payments.Domain.Webhooks;

namespace Payments.Domain.Tests.Webhooks;

public sealed class WebhookSecretTests
{
    [TestCase(23, false)]
    [TestCase(24, true)]
    [TestCase(32, true)]
    [TestCase(64, true)]
    [TestCase(65, false)]
    public void TryParse_Length_IsLimited(int bytes, bool expected) =>
        Assert.That(WebhookSecret.TryParse("whsec_" + Convert.ToBase64String(new byte[bytes]), out _), Is.EqualTo(expected));

    [TestCase("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G", Description = "no prefix")]
    [TestCase("whsec_", Description = "empty")]
    [TestCase("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", Description = "no padding")]
    [TestCase("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La LaSw", Description = "white space")]
    [TestCase("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", Description = "base64url")]
    public void TryParse_Malformed_ReturnsFalse(string text) => Assert.That(WebhookSecret.TryParse(text, out _), Is.False);

    [Test]
    public void ToString_Secret_ShowsTheLastFourOnly()
    {
        Assert.That(WebhookSecret.TryParse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", out var secret), Is.True);
        Assert.That($"{secret}", Is.EqualTo("whsec_…LaSw"));
    }

    [Test]
    public void Of_RandomBytes_IsReadBackFromItsText()
    {
        var secret = WebhookSecret.Of(Enumerable.Range(0, 32).Select(number => (byte)number).ToArray());
        Assert.That(WebhookSecret.TryParse(secret.Text, out var read), Is.True);
        Assert.That(read!.Key.ToArray(), Is.EqualTo(secret.Key.ToArray()));
    }
}
