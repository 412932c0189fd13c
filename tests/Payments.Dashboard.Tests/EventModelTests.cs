using Payments.Application.Events;
using Payments.Dashboard.Events;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Forms;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Domain.Payments;
using Payments.Domain.Webhooks;

namespace Payments.Dashboard.Tests;

public sealed class EventModelTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Test]
    public void Read_Dates_AreWholeDaysOfTheReadersTimeZone()
    {
        var (filter, before) = EventParameters.Read(new(("from", "2024-05-01"), ("until", "2024-05-01")), Berlin);

        Assert.That(($"{filter.From}", $"{filter.Until}", before), Is.EqualTo(("2024-04-30T22:00:00Z", "2024-05-01T22:00:00Z", long.MaxValue)));
    }

    [Test]
    public void Read_Time_IsExact() =>
        Assert.That($"{EventParameters.Read(new(("until", "2024-05-01T12:00:00+02:00")), Berlin).Filter.Until}", Is.EqualTo("2024-05-01T10:00:00Z"));

    [TestCase("client:shop", ActorKind.Client, "shop")]
    [TestCase("user", ActorKind.User, null)]
    [TestCase("user:", ActorKind.User, null)]
    [TestCase("client:a:b", ActorKind.Client, "a:b")]
    public void Read_Actor_IsAKindAndAName(string text, ActorKind kind, string? name)
    {
        var filter = EventParameters.Read(new(("actor", text)), Berlin).Filter;

        Assert.That((filter.ActorKind, filter.ActorName), Is.EqualTo(((ActorKind?)kind, name)));
    }

    [TestCase(Sample.PaymentId, typeof(PaymentId))]
    [TestCase(Sample.AccountId, typeof(AccountId))]
    [TestCase(Sample.ConnectorId, typeof(ConnectorId))]
    [TestCase("0b8f5f0e-3c7e-4f7b-9a53-6f5f2a1c9d10", typeof(WebhookId))]
    public void Read_Subject_IsTheIdOfAnySubject(string text, Type type) => Assert.That(EventParameters.Read(new(("subject", text)), Berlin).Filter.Subject, Is.TypeOf(type));

    [Test]
    public void Read_WrongParameters_NamesEach()
    {
        var form = new FormInput(("kind", new(["payment.created", "x"])), ("actor", "shop"), ("from", "yesterday"), ("until", "9999-12-31"), ("subject", "x"), ("before", "-1"));

        var error = Assert.Throws<ValidationException>(() => EventParameters.Read(form, Berlin));

        Assert.That(error!.Errors.Select(e => e.Field), Is.EquivalentTo((string[])["kind", "actor", "before", "from", "until", "subject"]));
    }

    [Test]
    public void Of_UpdatedWebhook_ShowsWhatChanged()
    {
        var row = EventRow.Of(
            new StoredEvent
            {
                Position = 7,
                Kind = EventKind.WebhookUpdated,
                At = Sample.Now,
                Actor = new(ActorKind.ProviderWebhook, Sample.ConnectorId),
                Changes = new() { ["ordered"] = new(false, true), ["description"] = new("a", null) },
                Overwritten = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["url"] = "https://old.example" },
                Subject = new("webhook", "0b8f5f0e-3c7e-4f7b-9a53-6f5f2a1c9d10", new() { ["url"] = "https://new.example" }),
            },
            new ConnectorNames([new(Sample.Value<ConnectorId>(Sample.ConnectorId), Sample.Value<ConnectorName>("eu"), new Instant(Sample.Now))]));

        Assert.That(row.Changes, Is.EqualTo((ShownChange[])[new("description", "a", null), new("ordered", "false", "true")]));
        Assert.That((row.Subject, row.Actor), Is.EqualTo(("https://old.example", "provider webhook Stripe · eu")));
        Assert.That(row.SubjectPath, Is.EqualTo("/dashboard/webhooks/0b8f5f0e-3c7e-4f7b-9a53-6f5f2a1c9d10"));
    }

    [TestCase(0, 900, true, false)]
    [TestCase(25, 900, false, false)]
    [TestCase(25, 1, false, true)]
    [TestCase(3, 1, false, true)]
    public void Model_Page_SaysWhetherOlderEventsCanMatch(int count, long position, bool isCut, bool isComplete)
    {
        var stored = Enumerable.Repeat<StoredEvent>(null!, count).ToList();
        var model = new EventsModel(new(("actor", "client:a&b")), new(new("store", "epoch", 5000, []), stored, position), new([]));

        Assert.That((model.IsCut, model.IsComplete), Is.EqualTo((isCut, isComplete)));
        Assert.That(model.Older, Is.EqualTo($"/dashboard/events?actor=client%3Aa%26b&before={position}"));
    }
}
