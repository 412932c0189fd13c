using System.Text.Json.Nodes;
using Payments.Application.Events;
using Payments.Domain.Connectors;
using Payments.Domain.Events;
using Payments.Domain.Payments;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.Events;

internal sealed class EventRecordTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private const EventKind AllKinds = (EventKind)1023;

    private ConnectorId _connector = null!;

    private IEventReader Events => Store.Get<IEventReader>();

    [SetUp]
    public async Task InstallAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        _connector = connector.Id;
    }

    [Test]
    public async Task AddAsync_Payment_WritesOneEventAndReplayNone()
    {
        var start = await PositionAsync();
        var payment = Sample.Payment(_connector, metadata: Sample.Metadata(("a", "1")));
        await Payments.AddAsync(payment, default);
        await Payments.AddAsync(payment, default);
        await Payments.AddAsync(payment, default);

        var page = await ReadAsync(start);
        Assert.That(page.Events.Select(e => (e.Position, e.Kind, e.Number)), Is.EqualTo(((long, EventKind, int?)[])[(start + 1, EventKind.PaymentCreated, 1)]));
    }

    [Test]
    public async Task SaveAsync_StalePayment_WritesNoEvent()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var disputed = payment.Adjust(Sample.Adjustment(payment.Reference.Text, PaymentStatus.Dispute, seconds: 1))!;
        var succeeded = payment.Adjust(Sample.Adjustment(payment.Reference.Text, PaymentStatus.Succeeded, seconds: 2))!;
        await Payments.SaveAsync(payment, disputed, default);
        var start = await PositionAsync();

        Assert.That(await Payments.SaveAsync(payment, succeeded, default), Is.False);

        Assert.That((await ReadAsync(start)).Events, Is.Empty);
    }

    [Test]
    public async Task AddAsync_ConnectorNotInstalled_WritesNoEvent()
    {
        var start = await PositionAsync();
        Assert.That(async () => await Payments.AddAsync(Sample.Payment(Sample.Connector().Id), default), Throws.TypeOf<Domain.ValidationException>());
        Assert.That(async () => await Accounts.AddAsync(Sample.Account(Sample.Connector().Id), default), Throws.TypeOf<Domain.ValidationException>());
        Assert.That((await ReadAsync(start)).Events, Is.Empty);
    }

    [Test]
    public async Task ListNewestAsync_Filter_ReturnsMatchingEventsNewestFirst()
    {
        var start = await PositionAsync();
        CurrentActor.Value = new Actor(ActorKind.User, "ann");
        var payment = Sample.Payment(_connector);
        var account = Sample.Account(_connector);
        await Payments.AddAsync(payment, default);
        await Accounts.AddAsync(account, default);
        CurrentActor.Value = new Actor(ActorKind.User, "bob");
        await Payments.SaveAsync(payment, payment.Adjust(Sample.Adjustment("re_1", PaymentStatus.Dispute, seconds: 1))!, default);
        CurrentActor.Value = Actor.Service;
        var end = await PositionAsync();

        foreach (var (filter, expected) in ((EventFilter Filter, EventKind[] Kinds)[])
            [
                (new() { Subject = payment.Id }, [EventKind.PaymentAdjusted, EventKind.PaymentCreated]),
                (new() { Subject = payment.Id, Kinds = EventKind.PaymentCreated }, [EventKind.PaymentCreated]),
                (new() { Subject = payment.Id, ActorKind = ActorKind.User, ActorName = "bob" }, [EventKind.PaymentAdjusted]),
                (new() { Subject = payment.Id, ActorKind = ActorKind.Client }, []),
                (new() { Subject = account.Id }, [EventKind.AccountCreated]),
                (new() { Subject = _connector }, [EventKind.ConnectorInstalled]),
                (new() { Subject = new Domain.Webhooks.WebhookId(Guid.NewGuid()) }, []),
                (new() { Subject = payment.Id, Until = new(DateTimeOffset.UtcNow.AddHours(-1)) }, []),
                (new() { Subject = payment.Id, From = new(DateTimeOffset.UtcNow.AddHours(-1)), Until = new(DateTimeOffset.UtcNow.AddHours(1)) }, [EventKind.PaymentAdjusted, EventKind.PaymentCreated]),
            ])
        {
            var page = await Events.ListNewestAsync(filter, long.MaxValue, default);
            Assert.That(page.Events.Select(e => e.Kind), Is.EqualTo(expected), $"{filter}");
            Assert.That(page.Position, Is.EqualTo(1));
        }

        var users = await Events.ListNewestAsync(new() { ActorKind = ActorKind.User, Kinds = AllKinds }, end + 1, default);
        Assert.That(users.Events.Take(3).Select(e => e.Position), Is.EqualTo((long[])[end, end - 1, start + 1]));
        Assert.That((await Events.ListNewestAsync(new(), end, default)).Events[0].Position, Is.EqualTo(end - 1), "before is exclusive");
    }

    [Test]
    public async Task ListNewestAsync_MoreThanAPage_ContinuesBeforeItsPosition()
    {
        for (var i = 0; i <= EventFilter.PageSize; i++)
        {
            await Payments.AddAsync(Sample.Payment(_connector), default);
        }

        var end = await PositionAsync();
        var first = await Events.ListNewestAsync(new() { Kinds = EventKind.PaymentCreated }, long.MaxValue, default);
        var second = await Events.ListNewestAsync(new() { Kinds = EventKind.PaymentCreated }, first.Position, default);
        Assert.That(first.Events.Select(e => e.Position), Is.EqualTo(Enumerable.Range(0, EventFilter.PageSize).Select(i => end - i)));
        Assert.That((first.Position, second.Events[0].Position), Is.EqualTo((end - EventFilter.PageSize + 1, end - EventFilter.PageSize)));
    }

    // An old event is always shown as it was after its change, whatever happened since.
    [Test]
    public async Task ListAsync_LaterChanges_ShowsEachEventAsItWas()
    {
        var payment = Sample.Payment(_connector, scheme: PaymentScheme.Unknown, metadata: Sample.Metadata(("b", "1"), ("a", "ü")));
        await Payments.AddAsync(payment, default);
        var seen = new List<string> { (await DataAsync(payment.Id))[^1] };
        foreach (var change in (Func<Payment, Payment?>[])
            [
                stored => stored.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, "60", PaymentStatus.Succeeded, seconds: 1, scheme: PaymentScheme.Visa)),
                stored => stored.ChangeMetadata(Sample.Edits(("a", null), ("c", "3"))),
                stored => stored.ApplyReport(Sample.Payment(_connector, payment.Reference.Text, "60", PaymentStatus.Succeeded, seconds: 1, scheme: PaymentScheme.Visa, metadata: Sample.Metadata(("d", "4")))),
                stored => stored.Adjust(Sample.Adjustment("re_1", PaymentStatus.Refunded, "20", -5)),
                stored => stored.ChangeMetadata(Sample.Edits(("a", "again"), ("b", "2"))),
            ])
        {
            var stored = (await Payments.FindAsync(payment.Id, default))!;
            Assert.That(await Payments.SaveAsync(stored, change(stored)!, default), Is.True);
            var now = await DataAsync(payment.Id);
            Assert.That(now[..^1], Is.EqualTo(seen));
            seen = now;
        }

        var changes = seen.Select(data => JsonNode.Parse(data)!["changes"]?.ToJsonString() ?? "").ToArray();
        Assert.That(changes, Is.EqualTo((string[])
        [
            "",
            """{"amount":{"from":100,"to":60},"scheme":{"from":"unknown","to":"visa"},"status":{"from":"PENDING","to":"SUCCEEDED"}}""",
            """{"editedMetadataKeys.a":{"from":null,"to":true},"editedMetadataKeys.c":{"from":null,"to":true},"metadata.a":{"from":"ü","to":null},"metadata.c":{"from":null,"to":"3"}}""",
            """{"metadata.d":{"from":null,"to":"4"},"reportedMetadata.d":{"from":null,"to":"4"}}""",
            """{"amount":{"from":60,"to":40},"createdAt":{"from":"2024-05-01T12:00:00Z","to":"2024-05-01T11:59:55Z"}}""",
            """{"editedMetadataKeys.b":{"from":null,"to":true},"metadata.a":{"from":null,"to":"again"},"metadata.b":{"from":"1","to":"2"}}""",
        ]).Using<string>((actual, expected) => actual == JsonNode.Parse(expected.Length == 0 ? "null" : expected)?.ToJsonString() || actual == expected));
        Assert.That(seen.Select(data => JsonNode.Parse(data)!["payment"]!["metadata"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })), Is.EqualTo((string[])
        [
            """{"a":"ü","b":"1"}""",
            """{"a":"ü","b":"1"}""",
            """{"b":"1","c":"3"}""",
            """{"b":"1","c":"3","d":"4"}""",
            """{"b":"1","c":"3","d":"4"}""",
            """{"a":"again","b":"2","c":"3","d":"4"}""",
        ]));
    }

    [Test]
    public async Task RemoveAsync_Connector_KeepsItsEventsAndFreesItsNameAndId()
    {
        var start = await PositionAsync();
        var connector = Sample.Connector("wise");
        await Connectors.AddAsync(connector, default);
        await Connectors.RemoveAsync(connector.Id, default);
        await Connectors.RemoveAsync(connector.Id, default);
        Assert.That(await Connectors.AddAsync(connector, default), Is.True);

        var events = (await ReadAsync(start)).Events;
        Assert.That(events.Select(e => e.Kind), Is.EqualTo((EventKind[])[EventKind.ConnectorInstalled, EventKind.ConnectorUninstalled, EventKind.ConnectorInstalled]));
        Assert.That(events.Select(e => e.Subject!.Id), Is.All.EqualTo(connector.Id.ToString()));
    }

    [Test]
    public async Task ListAsync_OfKind_ReportsHowFarItLooked()
    {
        var start = await PositionAsync();
        for (var i = 0; i < 5; i++)
        {
            await Payments.AddAsync(Sample.Payment(_connector), default);
        }

        await Accounts.AddAsync(Sample.Account(_connector), default);
        await PositionAsync();

        var none = await Events.ListAsync(start, 10, EventKind.WebhookDeleted, default);
        var two = await Events.ListAsync(start, 2, EventKind.PaymentCreated | EventKind.AccountCreated, default);
        var rest = await Events.ListAsync(two.Position, 10, EventKind.AccountCreated, default);
        Assert.Multiple(() =>
        {
            Assert.That((none.Events.Count, none.Position), Is.EqualTo((0, start + 6)));
            Assert.That((two.Events.Count, two.Position), Is.EqualTo((2, start + 2)));
            Assert.That((rest.Events.Single().Position, rest.Position), Is.EqualTo((start + 6, start + 6)));
        });
    }

    [Test]
    public async Task WaitAsync_EventOfOtherProcess_Completes()
    {
        var start = await PositionAsync();
        var waiting = Events.WaitAsync(start, default);
        Assert.That(waiting.IsCompleted, Is.False);
        await Payments.AddAsync(Sample.Payment(_connector), default);
        await PositionAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private async Task<long> PositionAsync()
    {
        if (typeof(TDatabase) == typeof(SqlServerTestDatabase))
        {
            await Store.Get<EventSealing>().SealAsync(default);
        }

        return (await Events.FindRecordAsync(default)).Position;
    }

    private async Task<EventPage> ReadAsync(long after)
    {
        await PositionAsync();
        return await Events.ListAsync(after, 1000, AllKinds, default);
    }

    private async Task<List<string>> DataAsync(PaymentId payment)
    {
        await PositionAsync();
        var page = await Events.ListAsync(payment, 0, 1000, default);
        return [.. page.Events.Select(e => System.Text.Encoding.UTF8.GetString(e.Data()))];
    }
}
