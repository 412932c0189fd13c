using Payments.Dashboard.Payments;

namespace Payments.Dashboard.Tests.Payments;

public sealed class FailureReasonTests
{
    [TestCase("""{"object":"payment_intent","last_payment_error":{"code":"card_declined","message":"Your card was declined."}}""", "Your card was declined.")]
    [TestCase("""{"object":"charge","failure_code":"card_declined","failure_message":"Declined by the bank"}""", "Declined by the bank")]
    [TestCase("""{"object":"refund","failure_reason":"expired_or_canceled_card"}""", "expired_or_canceled_card")]
    [TestCase("""{"object":"payment_intent","last_payment_error":null,"cancellation_reason":"abandoned"}""", "abandoned")]
    [TestCase("""{"object":"payment_intent","last_payment_error":{"message":"Your card was declined."},"cancellation_reason":"abandoned"}""", "abandoned")]
    [TestCase("""{"object":"refund","status":"failed","reason":"duplicate"}""", null, Description = "why it was wanted")]
    [TestCase("""{"eventCode":"AUTHORISATION","reason":"Refused","success":"false"}""", "Refused")]
    [TestCase("""{"reason":"","failure_message":7}""", null)]
    [TestCase("""{"last_payment_error":"text"}""", null)]
    [TestCase("[]", null)]
    [TestCase("""{"failure_message":"\ud800"}""", null, Description = "a lone surrogate")]
    public void Find_Object_ReturnsTheProvidersWords(string raw, string? reason) => Assert.That(FailureReason.Find(raw), Is.EqualTo(reason));

    [Test]
    public void Find_LongText_IsCut() => Assert.That(FailureReason.Find($$"""{"failure_message":"{{new string('x', 199)}}😀😀"}"""), Is.EqualTo(new string('x', 199) + "…"));
}
