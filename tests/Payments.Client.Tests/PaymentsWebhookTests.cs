using System.Text;
using Microsoft.Extensions.Time.Testing;
using StandardWebhooks;

namespace Payments.Client.Tests;

/// <summary>Verification of webhooks that somebody else's implementation of Standard Webhooks signed.</summary>
public sealed class PaymentsWebhookTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string OtherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    private const string Id = "evt_1_42";
    private const string Body = """{"type":"payment.created","timestamp":"2026-03-01T10:00:00Z","data":{"payment":{"amount":100000000000000000000000000000000000001}}}""";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero));

    [Test]
    public void Verify_SignedByAnotherImplementation_ReturnsEventWithExactData()
    {
        var received = Verify(Signed(Secret));
        Assert.Multiple(() =>
        {
            Assert.That(received.Id, Is.EqualTo(Id));
            Assert.That(received.Type, Is.EqualTo("payment.created"));
            Assert.That(received.Timestamp, Is.EqualTo(_clock.GetUtcNow()));
            Assert.That(received.Data.GetProperty("payment").GetProperty("amount").GetRawText(), Is.EqualTo("100000000000000000000000000000000000001"));
        });
    }

    [Test]
    public void Verify_SpecificationVector_PassesSignatureAndFailsAsEvent()
    {
        _clock.AdjustTime(DateTimeOffset.FromUnixTimeSeconds(1614265330));
        var headers = Headers("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        Assert.That(
            () => PaymentsWebhook.Verify(headers, """{"test": 2432232314}"""u8, [Secret], _clock),
            Throws.TypeOf<PaymentsWebhookException>().With.Message.EqualTo("The body is not an event."));
    }

    [Test]
    public void Verify_OneOfTwoSecretsAndOneOfTwoSignatures_Succeeds()
    {
        var signatures = $"v1a,AAAA {Signed("whsec_" + Convert.ToBase64String(new byte[32]))("webhook-signature")} {Signed(OtherSecret)("webhook-signature")}";
        Assert.That(Verify(Headers(Id, Now(), signatures), [Secret, OtherSecret]).Id, Is.EqualTo(Id));
    }

    [TestCase(-301)]
    [TestCase(301)]
    public void Verify_TimestampFiveMinutesOff_Throws(int seconds)
    {
        var headers = Signed(Secret);
        _clock.AdjustTime(_clock.GetUtcNow().AddSeconds(seconds));
        Assert.That(() => Verify(headers), Throws.TypeOf<PaymentsWebhookException>().With.Message.Contains("webhook-timestamp"));
    }

    [TestCase(-300)]
    [TestCase(300)]
    public void Verify_TimestampWithinFiveMinutes_Succeeds(int seconds)
    {
        var headers = Signed(Secret);
        _clock.AdjustTime(_clock.GetUtcNow().AddSeconds(seconds));
        Assert.That(Verify(headers).Id, Is.EqualTo(Id));
    }

    [Test]
    public void Verify_OtherSecret_ThrowsWithoutNamingASecret() => Assert.That(
        () => Verify(Signed(OtherSecret)),
        Throws.TypeOf<PaymentsWebhookException>().With.Message.EqualTo("No secret matches the header webhook-signature."));

    [Test]
    public void Verify_BodyChanged_Throws() => Assert.That(
        () => PaymentsWebhook.Verify(Signed(Secret), Encoding.UTF8.GetBytes(Body.Replace("created", "updated", StringComparison.Ordinal)), [Secret], _clock),
        Throws.TypeOf<PaymentsWebhookException>());

    [TestCase("webhook-id")]
    [TestCase("webhook-timestamp")]
    [TestCase("webhook-signature")]
    public void Verify_HeaderMissing_ThrowsNamingIt(string missing)
    {
        var headers = Signed(Secret);
        Assert.That(
            () => Verify(name => name == missing ? null : headers(name)),
            Throws.TypeOf<PaymentsWebhookException>().With.Message.EqualTo($"The header {missing} is missing."));
    }

    [TestCase("")]
    [TestCase("v1,")]
    [TestCase("v1")]
    [TestCase("v1,not base64")]
    [TestCase("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    public void Verify_SignatureMalformed_Throws(string signature) =>
        Assert.That(() => Verify(Headers(Id, Now(), signature)), Throws.TypeOf<PaymentsWebhookException>());

    [Test]
    public void Verify_TimestampHuge_Throws()
    {
        const string Huge = "99999999999999999";
        var signature = new StandardWebhook(Secret).Sign(Id, DateTimeOffset.FromUnixTimeSeconds(0), Body);
        Assert.That(() => Verify(Headers(Id, Huge, signature)), Throws.TypeOf<PaymentsWebhookException>());
    }

    [Test]
    public void Verify_NoSecret_ThrowsArgumentException() => Assert.That(() => Verify(Signed(Secret), []), Throws.TypeOf<ArgumentException>());

    [Test]
    public void Verify_SecretNotBase64_ThrowsWithoutTheSecret() => Assert.That(
        () => Verify(Signed(Secret), ["whsec_not base64"]), Throws.TypeOf<ArgumentException>().With.Message.Not.Contains("not base64"));

    private static Func<string, string?> Headers(string id, string timestamp, string signature) => name => name switch
    {
        "webhook-id" => id,
        "webhook-timestamp" => timestamp,
        "webhook-signature" => signature,
        _ => null,
    };

    private string Now() => $"{_clock.GetUtcNow().ToUnixTimeSeconds()}";

    private Func<string, string?> Signed(string secret) => Headers(Id, Now(), new StandardWebhook(secret).Sign(Id, _clock.GetUtcNow(), Body));

    private PaymentsWebhookEvent Verify(Func<string, string?> headers, string[]? secrets = null) =>
        PaymentsWebhook.Verify(headers, Encoding.UTF8.GetBytes(Body), secrets ?? [Secret], _clock);
}
