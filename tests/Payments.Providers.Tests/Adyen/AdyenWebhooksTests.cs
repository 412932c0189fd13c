using Payments.Providers.Adyen;
using static Payments.Providers.Tests.Adyen.AdyenTest;

namespace Payments.Providers.Tests.Adyen;

public sealed class AdyenWebhooksTests
{
    private const string VectorKey = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";

    private static readonly string Authorised = Item("AUTHORISATION", "P1", 0);

    // The vectors of Adyen's own library: adyen-dotnet-api-library, Adyen.Test. The second one has special characters in its references.
    [TestCase(VectorKey, "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=", "merchantAccount", "reference", "originalReference", 1000, "EVENT", "pspReference", "true")]
    [TestCase(
        "66B61474A0AA3736BA8789EDC6D6CD9EBA0C4F414A554E32A407F849C045C69D", "lQnzbwY09e5mwkC8YZozlHu5v\\/2SFzAx6WRrvHx+3b8=", "DotNetAlexandros", "UseqNbr006-orderId006\\\\\\/",
        "TEST_CUSTOM_881578412007338A", 100, "CAPTURE", "TEST_CUSTOM_881578412137072J", "false")]
    public void Receive_OfficialVector_ReturnsItsEvent(string key, string signature, string account, string merchantReference, string original, int value, string code, string psp, string success)
    {
        var item = $$$"""
            {"additionalData":{"hmacSignature":"{{{signature}}}"},"amount":{"currency":"EUR","value":{{{value}}}},"eventCode":"{{{code}}}","eventDate":"2020-01-21T12:30:00+01:00",
            "merchantAccountCode":"{{{account}}}","merchantReference":"{{{merchantReference}}}","originalReference":"{{{original}}}","pspReference":"{{{psp}}}","success":"{{{success}}}"}
            """;
        Assert.That(
            AdyenTest.Webhooks.Receive(Request(Batch(item)), Automatic with { HmacKey = [key] }, Sample.Now),
            Is.EqualTo((ProviderEvent[])[new($"{code}:{psp}:{success}:2020-01-21T12:30:00+01:00", code, item)]));
    }

    [Test]
    public void Receive_Batch_ReturnsEachItem()
    {
        var received = AdyenTest.Webhooks.Receive(Request(Batch(Authorised, Item("REFUND", "R1", 9, original: "P1"))), Automatic, Sample.Now);
        Assert.That(
            received.Select(item => item.Key),
            Is.EqualTo((string[])["AUTHORISATION:P1:true:2024-05-01T14:00:00+02:00", "REFUND:R1:true:2024-05-01T14:00:09+02:00"]));
    }

    [Test]
    public void Receive_OneBadSignatureInBatch_RejectsTheRequest()
    {
        var forged = Item("REFUND", "R1", 9, original: "P1").Replace("\"value\":1000", "\"value\":1001", StringComparison.Ordinal);
        Assert.That(Rejection(Request(Batch(Authorised, forged))), Is.EqualTo((true, "The additionalData.hmacSignature of an item does not match its members and the hmacKey of the connector.")));
    }

    [TestCase("pspReference", "\"P1\"", "\"P2\"")]
    [TestCase("originalReference", "null", "\"P2\"")]
    [TestCase("merchantAccountCode", "MerchantAccount", "OtherAccount")]
    [TestCase("merchantReference", "order-7", "order-8")]
    [TestCase("value", ":1000", ":100")]
    [TestCase("currency", "EUR", "USD")]
    [TestCase("eventCode", "AUTHORISATION", "REFUND")]
    [TestCase("success", "\"true\"", "\"false\"")]
    public void Receive_ChangedSignedMember_IsRejected(string member, string before, string after)
    {
        var forged = Authorised.Replace(before, after, StringComparison.Ordinal);
        Assert.That(forged, Is.Not.EqualTo(Authorised), member);
        Assert.That(Rejection(Request(Batch(forged)))?.IsUnauthorized, Is.True);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("payments:wrong")]
    [TestCase("other:stories: ü")]
    [TestCase("payments")]
    public void Receive_WrongCredentials_AreRejected(string? credentials) => Assert.That(
        Rejection(Request(Batch(Authorised), credentials)),
        Is.EqualTo((true, "The user name and password of the basic authentication do not match those of the connector.")));

    [TestCase("Basic %%%")]
    [TestCase("Bearer cGF5bWVudHM6c3Rvcmllczogw7w=")]
    [TestCase("Basic")]
    public void Receive_OtherAuthorization_IsRejected(string header) =>
        Assert.That(Rejection(new(_ => header, Encoding.UTF8.GetBytes(Batch(Authorised))))?.IsUnauthorized, Is.True);

    [Test]
    public void Receive_SeveralKeysAndPasswords_AcceptsEach()
    {
        var settings = new AdyenSettings([VectorKey, Key], [User], ["new", Password]);
        Assert.That(AdyenTest.Webhooks.Receive(Request(Batch(Authorised)), settings, Sample.Now), Has.Count.EqualTo(1));
    }

    [Test]
    public void Receive_SuccessAsBoolean_HasTheSameSignatureAndKey()
    {
        var item = Authorised.Replace("\"success\":\"true\"", "\"success\":true", StringComparison.Ordinal);
        Assert.That(AdyenTest.Webhooks.Receive(Request(Batch(item)), Automatic, Sample.Now).Single().Key, Is.EqualTo("AUTHORISATION:P1:true:2024-05-01T14:00:00+02:00"));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"notificationItems":[]}""")]
    [TestCase("""{"notificationItems":{}}""")]
    [TestCase("""{"notificationItems":[7]}""")]
    [TestCase("""{"notificationItems":[{"NotificationRequestItem":[]}]}""")]
    [TestCase("""{"notificationItems":[{"NotificationRequestItem":{"pspReference":"P1","eventCode":"REFUND","success":"yes"}}]}""")]
    [TestCase("""{"notificationItems":[{"NotificationRequestItem":{"pspReference":"\udfff","eventCode":"REFUND","success":"true"}}]}""")]
    public void Receive_BodyWithoutItems_IsRejectedAsBadRequest(string body) => Assert.That(Rejection(Request(body))?.IsUnauthorized, Is.False);

    [Test]
    public void Acknowledgement_Adyen_IsAccepted() => Assert.That(AdyenTest.Webhooks.Acknowledgement, Is.EqualTo("[accepted]"));

    [Test]
    public void ReadSettings_Complete_ReadsEach()
    {
        var settings = (AdyenSettings)ReadSettings($$"""{"hmacKey":["{{Key}}","{{VectorKey}}"],"webhookUsername":"{{User}}","webhookPassword":"{{Password}}","capture":"manual","findByMerchantReference":true}""");
        Assert.Multiple(() =>
        {
            Assert.That(settings.HmacKey, Is.EqualTo((string[])[Key, VectorKey]));
            Assert.That((settings.WebhookUsername.Single(), settings.WebhookPassword.Single()), Is.EqualTo((User, Password)));
            Assert.That((settings.IsCaptureManual, settings.FindByMerchantReference), Is.EqualTo((true, true)));
            Assert.That($"{settings}", Is.EqualTo("AdyenSettings"));
        });
    }

    [Test]
    public void ReadSettings_OnlySecrets_CapturesAutomatically()
    {
        var settings = (AdyenSettings)ReadSettings($$"""{"hmacKey":"{{Key}}","webhookUsername":"u","webhookPassword":"p"}""");
        Assert.That((settings.IsCaptureManual, settings.FindByMerchantReference), Is.EqualTo((false, false)));
    }

    [Test]
    public void ReadSettings_EveryRuleBroken_NamesEachFieldButNoSecret()
    {
        var errors = Assert.Throws<ValidationException>(() => ReadSettings("""{"hmacKey":"pasted","webhookUsername":"pa:sted","webhookPassword":"","capture":"pasted","findByMerchantReference":"pasted"}"""))!.Errors;
        Assert.Multiple(() =>
        {
            Assert.That(errors.Select(error => error.Field), Is.EqualTo((string[])["hmacKey", "webhookUsername", "webhookPassword", "capture", "findByMerchantReference"]));
            Assert.That(errors.Select(error => error.Rule), Has.None.Contains("pasted"));
        });
    }

    [Test]
    public void Map_OriginalReference_IsLookedUpAsPaymentThenAsAdjustment() => Assert.That(
        Lookups(Item("REFUND", "R1", 0, original: "P1"), Automatic with { FindByMerchantReference = true }),
        Is.EqualTo((PaymentLookup[])
        [
            new PaymentLookup.ByReference(PaymentType.PayIn, "P1"), new PaymentLookup.ByReference(PaymentType.PayIn, "R1"),
            new PaymentLookup.ByAdjustment(PaymentType.PayIn, "P1"), new PaymentLookup.ByAdjustment(PaymentType.PayIn, "R1"),
        ]));

    [Test]
    public void Map_NoOriginalReference_IsLookedUpByMerchantReferenceIfSet()
    {
        PaymentLookup[] byReference = [new PaymentLookup.ByReference(PaymentType.PayIn, "D1"), new PaymentLookup.ByAdjustment(PaymentType.PayIn, "D1")];
        var item = Item("SECOND_CHARGEBACK", "D1", 0);
        Assert.Multiple(() =>
        {
            Assert.That(Lookups(item, Automatic), Is.EqualTo(byReference));
            Assert.That(
                Lookups(item, Automatic with { FindByMerchantReference = true }),
                Is.EqualTo((PaymentLookup[])[.. byReference, new PaymentLookup.ByMetadata(PaymentType.PayIn, "adyen.merchantReference", "order-7")]));
        });
    }

    [Test]
    public void Map_CancelOrRefundWithoutAction_Fails() => Assert.That(
        AdyenTest.Webhooks.Map(Item("CANCEL_OR_REFUND", "R1", 0, original: "P1"), Automatic, AdyenTest.Connector),
        Is.EqualTo(new ProviderFailed("additionalData.modification.action must be cancel or refund.")));

    [Test]
    public void Map_ReportAvailable_IsIgnoredWithItsUrl() => Assert.That(
        AdyenTest.Webhooks.Map(Item("REPORT_AVAILABLE", "r.csv", 0, reason: "https://example.com/r.csv"), Automatic, AdyenTest.Connector),
        Is.EqualTo(new ProviderIgnored("https://example.com/r.csv")));

    private static ProviderSettings ReadSettings(string settings) => AdyenTest.Webhooks.ReadSettings(JsonDocument.Parse(settings).RootElement);

    private static IReadOnlyList<PaymentLookup> Lookups(string item, AdyenSettings settings) =>
        ((ProviderCommands)AdyenTest.Webhooks.Map(item, settings, AdyenTest.Connector)).Commands.Single().Payment;

    private static (bool IsUnauthorized, string Message)? Rejection(ProviderRequest request)
    {
        var rejection = Assert.Throws<WebhookRejectedException>(() => AdyenTest.Webhooks.Receive(request, Automatic, Sample.Now));
        return (rejection!.IsUnauthorized, rejection.Message);
    }
}
