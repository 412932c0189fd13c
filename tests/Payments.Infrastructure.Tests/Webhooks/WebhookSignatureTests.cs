using System.Text;
using Payments.Domain;
using Payments.Domain.Webhooks;
using Payments.Infrastructure.Webhooks;
using StandardWebhooks;

namespace Payments.Infrastructure.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    [Test]
    public void Sign_VectorOfTheSpecification_ReturnsItsSignature() => Assert.That(
        WebhookSignature.Sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8, [Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]),
        Is.EqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));

    [Test]
    public void Sign_TwoSecrets_ReturnsBothSignatures()
    {
        const string Body = """{"type":"payment.created"}""";
        string[] secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"];
        var now = DateTimeOffset.UtcNow;
        Assert.That(
            WebhookSignature.Sign("evt_1_7", now.ToUnixTimeSeconds(), Encoding.UTF8.GetBytes(Body), [.. secrets.Select(Secret)]),
            Is.EqualTo(string.Join(' ', secrets.Select(secret => new StandardWebhook(secret).Sign("evt_1_7", now, Body)))));
    }

    private static WebhookSecret Secret(string text) => StoredValue.Read<WebhookSecret>(text);
}
