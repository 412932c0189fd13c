using Payments.Dashboard.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Domain.Webhooks;
using static Payments.Dashboard.Tests.Payments.PaymentModels;

namespace Payments.Dashboard.Tests.Payments;

public sealed class PaymentModelTests
{
    [Test]
    public void History_ReportsInAnyOrder_IsNewestFirstByTheProvidersTime()
    {
        // The capture arrives after the refund, and the metadata changes in between.
        var stored = Stored(("own", "PENDING", "1000", At(0)), ("refund", "REFUNDED", "300", At(20)), ("own", "SUCCEEDED", "1000", At(10)));
        var model = Model(
            stored,
            Event(7, EventKind.PaymentCreated, 1, 1),
            Event(8, EventKind.PaymentUpdated, 1, 15, ("metadata.order", null, "A-1"), ("reportedMetadata.order", "x", "y"), ("editedMetadataKeys.order", null, "true")),
            Event(9, EventKind.PaymentAdjusted, 2, 21),
            Event(10, EventKind.PaymentAdjusted, 3, 30, ("scheme", "unknown", "visa")));

        var history = model.History.ToList();
        Assert.Multiple(() =>
        {
            Assert.That(history.Select(entry => (entry.Adjustment?.Status, entry.Event?.Position)), Is.EqualTo(new (string?, long?)[]
            {
                ("REFUNDED", 9), (null, 8), ("SUCCEEDED", 10), ("PENDING", 7),
            }));
            Assert.That(history[0].Changes, Is.EqualTo(new HistoryChange[] { new("Status", "Pending", "Refunded"), new("Left", "1000", "700", IsAmount: true) }));
            Assert.That(history[1].Changes, Is.EqualTo(new HistoryChange[] { new("order", null, "A-1") }));
            Assert.That(history[2].Changes, Is.EqualTo(new HistoryChange[] { new("scheme", "unknown", "visa") }), "the refund is still the last one");
            Assert.That(history[3].Changes, Is.Empty);
        });
    }

    [Test]
    public void History_ManyEntries_ComesPageByPage()
    {
        var stored = Stored([.. Enumerable.Range(0, 60).Select(i => ("own", i % 2 == 0 ? "FAILED" : "PENDING", "100", At(i)))]);
        var model = Model(stored);
        var pages = new[] { 0, 25, 50 }.Select(first => model with { First = first }).ToList();

        Assert.That(pages.SelectMany(page => page.History).Select(entry => entry.Number), Is.EqualTo(Enumerable.Range(1, 60).Reverse()));
        Assert.That(pages.Select(page => page.HasOlder), Is.EqualTo(new[] { true, true, false }));
    }

    [TestCase("FAILED", false)]
    [TestCase("EXPIRED", false)]
    [TestCase("CANCELLED", false)]
    [TestCase("PENDING", true)]
    [TestCase("SUCCEEDED", true)]
    public void IsAmountLeft_PaymentThatDidNotHappen_IsFalse(string status, bool isLeft) =>
        Assert.That(Model(Stored(("own", status, "1000", At(0)))).IsAmountLeft, Is.EqualTo(isLeft));

    [Test]
    public void ActorText_EachKind_NamesTheAuthor()
    {
        var model = Model(Stored(("own", "PENDING", "1000", At(0))));
        Assert.That(
            new Actor[]
            {
                new(ActorKind.Client, "shop"), new(ActorKind.User, "jane"), new(ActorKind.CommandLine, "root"),
                new(ActorKind.ProviderWebhook, Sample.ConnectorId), new(ActorKind.ProviderWebhook, "other"), Actor.Service,
            }.Select(model.ActorText),
            Is.EqualTo(new[] { "API client shop", "user jane", "root on the command line", "provider webhook Stripe (uninstalled)", "provider webhook other", "the service" }));
    }

    [TestCase(DeliveryState.Pending, 0, "wait", "Pending")]
    [TestCase(DeliveryState.Pending, 2, "wait", "Retrying")]
    [TestCase(DeliveryState.Failed, 9, "bad", "Failed")]
    [TestCase(DeliveryState.Delivered, 1, "ok", "Delivered")]
    public void StateOf_Delivery_HasTheColorOfTheWebhookPage(DeliveryState state, int attempts, string color, string text) =>
        Assert.That(PaymentModel.StateOf(new(1, state, attempts, attempts, null, new Instant(Sample.Now))), Is.EqualTo((color, text)));

    [Test]
    public void ConnectorName_InstalledConnector_HasTheProviderAndTheName()
    {
        var stored = Stored(("own", "PENDING", "1000", At(0)));
        var connector = Sample.Connector("stripe", "eu") with { Id = Sample.Value<ConnectorId>(Sample.ConnectorId) };
        var model = new PaymentModel(stored, connector, [], []) { Adjustment = Model(stored).Adjustment, MetadataForm = Model(stored).MetadataForm };
        Assert.That((model.ConnectorName, model.ConnectorUrl), Is.EqualTo(("Stripe · eu", $"/dashboard/connectors/stripe/{Sample.ConnectorId}")));
    }
}
