using Payments.Application.Webhooks;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Webhooks;
using Payments.Domain;
using Payments.Domain.Events;
using Payments.Domain.Webhooks;

namespace Payments.Dashboard.Tests;

public sealed class WebhookModelTests
{
    private static readonly WebhookEndpoint Endpoint = WebhookEndpoint.Create(
        new(Guid.NewGuid()), new(Sample.Value<WebhookUrl>("https://shop.example/"), default, null, false), WebhookSecret.Of(new byte[32]), new Instant(Sample.Now));

    [Test]
    public void Health_Failing_SaysSinceWhen()
    {
        var health = EndpointHealth.Of(Endpoint, new(3, new Instant(Sample.Now), 1, 0));

        Assert.That((health.Text, health.FailingSince), Is.EqualTo(("Failing", (Instant?)new Instant(Sample.Now))));
    }

    [TestCase(DisabledReason.Gone, "410")]
    [TestCase(DisabledReason.Failing, "5 days")]
    public void Health_Disabled_SaysWhy(DisabledReason reason, string text) =>
        Assert.That(EndpointHealth.Of(Endpoint.Disable(reason)!, null).Explanation, Does.Contain(text));

    [Test]
    public void Health_Paused_IsNotFailing() =>
        Assert.That(EndpointHealth.Of(Endpoint.Pause()!, new(3, new Instant(Sample.Now), 1, 0)).Text, Is.EqualTo("Paused"));

    [TestCase("recovered", "0", "No delivery failed since this time.")]
    [TestCase("recovered", "1", "1 delivery is sent again.")]
    [TestCase("recovered", "1200", "1,200 deliveries are sent again.")]
    [TestCase("recovered", "<b>", null)]
    [TestCase("<script>", null, null)]
    public void NoticeOf_Parameters_AreNeverShownThemselves(string done, string? count, string? notice) =>
        Assert.That(WebhookModel.NoticeOf(done, count), Is.EqualTo(notice));

    [Test]
    public void KindsOf_NoKinds_IsAllEvents()
    {
        Assert.That(WebhookModel.KindsOf(Endpoint), Is.EqualTo("all events"));
        Assert.That(
            WebhookModel.KindsOf(Endpoint with { Settings = Endpoint.Settings with { Kinds = EventKind.PaymentCreated | EventKind.AccountCreated } }),
            Is.EqualTo("payment.created, account.created"));
    }

    [Test]
    public void Changes_StaleForm_SendsOnlyWhatItChanged()
    {
        var shown = Endpoint with { Settings = new(Sample.Value<WebhookUrl>("https://shop.example/"), EventKind.PaymentCreated, Sample.Value<WebhookDescription>("shop"), true) };

        Assert.That(WebhookForm.Changes(shown.Id, WebhookForm.Of(shown)), Is.EqualTo(new UpdateWebhookCommand(shown.Id)));
        var form = new FormInput(
            ("url", " https://new.example/"), ("url-shown", "https://shop.example/"), ("types", new(["payment.created"])), ("types-shown", "payment.created"),
            ("description", ""), ("description-shown", "shop"), ("ordered-shown", "true"));
        Assert.That(WebhookForm.Changes(shown.Id, form), Is.EqualTo(new UpdateWebhookCommand(shown.Id, "https://new.example/", null, "", false)));
        Assert.That(WebhookForm.Changes(shown.Id, new(("types-shown", "payment.created"))).Types, Is.Empty, "all events");
    }

    [TestCase("")]
    [TestCase("-1")]
    [TestCase("99999999999999999999")]
    public void ReadPosition_NoPosition_ThrowsNamingPosition(string text) => Assert.That(
        () => WebhookModel.ReadPosition(text), Throws.TypeOf<ValidationException>().With.Property("Errors").One.Property("Field").EqualTo("position"));
}
