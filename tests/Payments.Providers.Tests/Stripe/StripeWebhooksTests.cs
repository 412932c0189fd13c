using Payments.Providers.Stripe;
using static Payments.Providers.Tests.Stripe.StripeTest;

namespace Payments.Providers.Tests.Stripe;

public sealed class StripeWebhooksTests
{
    private const string Body = """{"id":"evt_1","type":"charge.updated"}""";

    // The vector of Stripe's own library: stripe-dotnet, src/StripeTests/Resources/event_test_signature.json.
    private const string VectorSignature = "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7";
    private const string VectorBody = """
        {
          "id": "evt_123",
          "object": "event",
          "account": "acct_123",
          "api_version": "2017-05-25",
          "created": 1533204620,
          "data": {
            "object": {
              "id": "cus_123",
              "object": "customer",
              "created": 123456789,
              "email": "test@stripe.com",
              "livemode": false,
              "metadata": {}
            }
          },
          "livemode": false,
          "pending_webhooks": 1,
          "request": {
            "id": "req_123",
            "idempotency_key": "idempotency-key-123"
          },
          "type": "customer.created"
        }

        """;

    private static readonly StripeSettings VectorSettings = new(["webhook_secret"]);
    private static readonly DateTimeOffset VectorTime = DateTimeOffset.FromUnixTimeSeconds(1_533_204_620);

    [Test]
    public void Receive_OfficialVector_ReturnsItsEvent()
    {
        var received = StripeTest.Webhooks.Receive(Request(Bytes(VectorBody), VectorSignature), VectorSettings, VectorTime);
        Assert.That(received, Is.EqualTo((ProviderEvent[])[new("evt_123", "customer.created", VectorBody.TrimEnd())]));
    }

    [TestCase(" ")]
    [TestCase("\n")]
    public void Receive_OneMoreByte_IsRejected(string more) =>
        Assert.That(Reason(Request(Bytes(VectorBody + more), VectorSignature), VectorSettings, VectorTime), Does.Contain("does not match"));

    [TestCase(300, ExpectedResult = null)]
    [TestCase(-300, ExpectedResult = null)]
    [TestCase(301, ExpectedResult = "The header Stripe-Signature is more than 300 seconds away from the service's clock.")]
    [TestCase(-301, ExpectedResult = "The header Stripe-Signature is more than 300 seconds away from the service's clock.")]
    public string? Receive_Age_IsAtMost300Seconds(int seconds) => Reason(Request(Bytes(VectorBody), VectorSignature), VectorSettings, VectorTime.AddSeconds(seconds));

    [Test]
    public void Receive_SeveralSecrets_AcceptsEach()
    {
        var settings = new StripeSettings(["whsec_new", "whsec_old", "whsec_oldest"]);
        foreach (var secret in settings.WebhookSecret)
        {
            Assert.That(Reason(Sign(Body, secret), settings), Is.Null, secret);
        }

        Assert.That(Reason(Sign(Body, "whsec_other"), settings), Is.Not.Null);
    }

    [Test]
    public void Receive_SeveralSignatures_AcceptsOneThatMatches()
    {
        var header = Sign(Body).Header("Stripe-Signature")!;
        var other = $"v1={new string('0', 64)}";
        Assert.That(Reason(Request(Bytes(Body), header.Replace("v1=", $"{other},v1=", StringComparison.Ordinal) + $",{other}")), Is.Null);
    }

    [TestCase(null, "is missing")]
    [TestCase("", "must have the form")]
    [TestCase("v1=00", "must have the form")]
    [TestCase("t=,v1=00", "must have the form")]
    [TestCase("t=-1,v1=00", "must have the form")]
    [TestCase("t=99999999999999999999,v1=00", "must have the form")]
    [TestCase("t=9223372036854775807,v1=00", "does not match")]
    [TestCase("t=1714564800", "does not match")]
    [TestCase("t=1714564800,v1=", "does not match")]
    [TestCase("t=1714564800,v1=zz", "does not match")]
    [TestCase("t=1714564800,v0=0000000000000000000000000000000000000000000000000000000000000000", "does not match")]
    [TestCase("=,=,t", "must have the form")]
    public void Receive_BadHeader_IsRejectedAsBadRequest(string? header, string expected)
    {
        var rejection = Assert.Throws<WebhookRejectedException>(() => StripeTest.Webhooks.Receive(Request(Bytes(Body), header), Settings, Sample.Now));
        Assert.Multiple(() =>
        {
            Assert.That(rejection!.Message, Does.Contain(expected));
            Assert.That(rejection.IsUnauthorized, Is.False);
        });
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"id":"evt_1"}""")]
    [TestCase("""{"id":"evt_1","type":7}""")]
    [TestCase("""{"id":"","type":"charge.updated"}""")]
    [TestCase("""{"id":"evt\n1","type":"charge.updated"}""")]
    [TestCase("""{"id":"\ud800","type":"charge.updated"}""")]
    [TestCase("""{"id":"evt_1","type":"charge.updated"} x""")]
    public void Receive_SignedBodyThatIsNoEvent_IsRejected(string body) => Assert.That(Reason(Sign(body)), Is.Not.Null);

    [Test]
    public void Receive_DeepOrInvalidUtf8Body_IsRejected()
    {
        var deep = $$"""{"id":"evt_1","type":"t","x":{{new string('[', 40)}}{{new string(']', 40)}}}""";
        Assert.That(Reason(Sign(deep)), Does.Contain("depth"));
        Assert.That(Reason(Sign([.. "{\"id\":\"evt_1\",\"type\":\""u8, 0xC3, .. "\"}"u8])), Does.Contain("UTF-8"));
    }

    [Test]
    public void Receive_LongKey_IsRejected() => Assert.That(Reason(Sign($$"""{"id":"{{new string('x', 401)}}","type":"t"}""")), Does.Contain("400"));

    [Test]
    public void Receive_WithoutSecrets_IsRejectedAsUnauthorized()
    {
        var rejection = Assert.Throws<WebhookRejectedException>(() => StripeTest.Webhooks.Receive(Sign(Body), new StripeSettings([]), Sample.Now));
        Assert.That(rejection!.IsUnauthorized, Is.True);
    }

    [TestCase("""{"webhookSecret":"whsec_1"}""", 1)]
    [TestCase("""{"webhookSecret":["whsec_1","whsec_2","whsec_3"]}""", 3)]
    public void ReadSettings_OneToThreeSecrets_AreRead(string settings, int count) =>
        Assert.That(((StripeSettings)ReadSettings(settings)).WebhookSecret, Has.Count.EqualTo(count));

    [TestCase("{}", "webhookSecret: is required and must be the signing secret")]
    [TestCase("""{"webhookSecret":null}""", "webhookSecret: is required and must be the signing secret")]
    [TestCase("""{"webhookSecret":7}""", "webhookSecret: must be the signing secret")]
    [TestCase("""{"webhookSecret":"sk_live_pasted"}""", "webhookSecret: must be the signing secret of the webhook endpoint, which starts with whsec_.")]
    [TestCase("""{"webhookSecret":"whsec_"}""", "webhookSecret: must be the signing secret")]
    [TestCase("""{"webhookSecret":"whsec_ pasted "}""", "webhookSecret: must be the signing secret")]
    [TestCase("""{"webhookSecret":[]}""", "webhookSecret: must be a string or an array of 1 to 3 strings")]
    [TestCase("""{"webhookSecret":["whsec_1","whsec_2","whsec_3","whsec_4"]}""", "webhookSecret: must be a string or an array of 1 to 3 strings")]
    [TestCase("""{"webhookSecret":["whsec_1","pasted"]}""", "webhookSecret[1]: must be the signing secret")]
    [TestCase("""{"webhookSecret":"whsec_1","webhookSecrets":"whsec_2"}""", "webhookSecrets: is not a setting of this provider; the settings are webhookSecret")]
    [TestCase("[]", "settings: must be a JSON object")]
    [TestCase("""{"webhookSecret":"\ud800"}""", "settings: must not contain a lone surrogate")]
    [TestCase("""{"\ud800":"x"}""", "settings: must not contain a lone surrogate")]
    public void ReadSettings_BrokenRule_NamesFieldButNoSecret(string settings, string expected)
    {
        var errors = string.Join('\n', Assert.Throws<ValidationException>(() => ReadSettings(settings))!.Errors.Select(error => $"{error.Field}: {error.Rule}"));
        Assert.Multiple(() =>
        {
            Assert.That(errors, Does.Contain(expected));
            Assert.That(errors, Does.Not.Contain("pasted"));
        });
    }

    [Test]
    public void Settings_ToString_ContainsNoSecret() => Assert.That($"{Settings}", Is.EqualTo("StripeSettings"));

    private static byte[] Bytes(string body) => Encoding.UTF8.GetBytes(body);

    private static ProviderSettings ReadSettings(string settings) => StripeTest.Webhooks.ReadSettings(JsonDocument.Parse(settings).RootElement);

    private static string? Reason(ProviderRequest request, StripeSettings? settings = null, DateTimeOffset? now = null)
    {
        try
        {
            Assert.That(StripeTest.Webhooks.Receive(request, settings ?? Settings, now ?? Sample.Now), Has.Count.EqualTo(1));
            return null;
        }
        catch (WebhookRejectedException e)
        {
            return e.Message;
        }
    }
}
