using Payments.Application.Events;
using Payments.Domain;
using Payments.Domain.Webhooks;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.Webhooks;

[TestFixture(typeof(SqliteTestDatabase))]
[TestFixture(typeof(SqlServerTestDatabase))]
internal sealed class WebhookDeliveriesTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private const string Me = "me";
    private const string Other = "other";
    private static readonly Instant Now = Instant.OfUtc(new DateTime(2026, 3, 1, 10, 0, 0));

    private WebhookId _id = null!;

    private IWebhookRepository Webhooks => Store.Get<IWebhookRepository>();

    private IWebhookDeliveries Deliveries => Store.Get<IWebhookDeliveries>();

    [OneTimeSetUp]
    public Task PrepareAsync() => Store.Get<SecretStore>().PrepareAsync(default);

    [SetUp]
    public async Task AddAsync()
    {
        var endpoint = WebhookEndpoint.Create(
            new WebhookId(Guid.NewGuid()), new(StoredValue.Read<WebhookUrl>("https://receiver.example/hooks"), default, null, false), WebhookSecret.Of(new byte[32]), Now);
        await Webhooks.AddAsync(endpoint, default);
        _id = endpoint.Id;
    }

    [TearDown]
    public Task DeleteAsync() => Webhooks.DeleteAsync(_id, default);

    [Test]
    public async Task ListTargetsAsync_NewEndpoint_StartsAfterTheLastEventBeforeIt()
    {
        var target = await TargetAsync();
        var created = await Database.QueryAsync<long>(
            "SELECT e.position FROM events AS e INNER JOIN webhooks AS w ON w.sequence = e.webhook WHERE w.id = @Id;", new { Id = $"{_id}" }, default);
        Assert.That(target!.Position, Is.EqualTo(created.Single() - 1));
        Assert.That((target.Owner, target.OwnedUntil, target.FailingSince, target.NextAttemptAt), Is.EqualTo(((string?)null, (Instant?)null, (Instant?)null, (Instant?)null)));
    }

    [Test]
    public async Task ListTargetsAsync_PausedEndpoint_IsNotListed()
    {
        await Webhooks.ChangeAsync(_id, stored => stored.Pause(), default);
        Assert.That(await TargetAsync(), Is.Null);
    }

    [Test]
    public async Task ListProgressAsync_PausedEndpoint_HasPositionFailureAndCounts()
    {
        var position = (await TargetAsync())!.Position;
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await Deliveries.SaveAsync(_id, Me, position, After(1), default);
        await Deliveries.ResendAsync(_id, position + 1, Now, default);
        await Webhooks.ChangeAsync(_id, stored => stored.Pause(), default);
        foreach (var id in (WebhookId?[])[null, _id])
        {
            Assert.That((await Deliveries.ListProgressAsync(id, default))[_id], Is.EqualTo(new WebhookProgress(position, After(1), Pending: 1, Failed: 0)));
        }

        Assert.That(await Deliveries.ListProgressAsync(new(Guid.NewGuid()), default), Is.Empty);
    }

    [Test]
    public async Task ClaimAsync_OwnedByAnother_ChangesNothingUntilItsEnd()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await Deliveries.ClaimAsync(Other, After(29), After(59), default);
        Assert.That((await TargetAsync())!.Owner, Is.EqualTo(Me));
        await Deliveries.ClaimAsync(Me, After(10), After(40), default);
        await Deliveries.ClaimAsync(Other, After(39), After(69), default);
        Assert.That(await TargetAsync(), Has.Property("Owner").EqualTo(Me).And.Property("OwnedUntil").EqualTo(After(40)));
        await Deliveries.ClaimAsync(Other, After(40), After(70), default);
        Assert.That((await TargetAsync())!.Owner, Is.EqualTo(Other));
    }

    [Test]
    public async Task ReleaseAsync_ByItsOwnerOnly_LetsAnotherTakeOver()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await Deliveries.ReleaseAsync(_id, Other, default);
        Assert.That((await TargetAsync())!.Owner, Is.EqualTo(Me));
        await Deliveries.ReleaseAsync(_id, Me, default);
        Assert.That((await TargetAsync())!.OwnedUntil, Is.Null);
    }

    [Test]
    public async Task SaveAsync_ByItsOwner_StoresPositionAndFailures()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        Assert.That(await Deliveries.SaveAsync(_id, Me, 77, After(-5), default), Is.True);
        Assert.That(await TargetAsync(), Has.Property("Position").EqualTo(77).And.Property("FailingSince").EqualTo(After(-5)));
    }

    [Test]
    public async Task Writes_ByAnotherInstance_ReturnFalseAndChangeNothing()
    {
        await Deliveries.ClaimAsync(Other, Now, After(30), default);
        var before = await TargetAsync();
        var attempt = Attempt(500);
        Assert.That(await Deliveries.SaveAsync(_id, Me, 77, null, default), Is.False);
        Assert.That(await Deliveries.RecordAsync(_id, Me, WebhookDelivery.FirstFailed(5, attempt, false, 0), attempt, default), Is.False);
        Assert.That((await TargetAsync())!.Position, Is.EqualTo(before!.Position));
        Assert.That(await ListAsync(), Is.Empty);
    }

    [Test]
    public async Task RecordAsync_EachAttempt_IsKeptWithTheDelivery()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        var first = Attempt(500, response: "oh\n😀");
        var delivery = await RecordAsync(5, null, first);
        var second = new WebhookAttempt(After(10), TimeSpan.FromMilliseconds(15000), null, new string('x', 3000), null);
        delivery = await RecordAsync(5, delivery, second);
        Assert.That((await TargetAsync())!.NextAttemptAt, Is.EqualTo(delivery.NextAttemptAt));
        var third = Attempt(204, After(400));
        delivery = await RecordAsync(5, delivery, third);

        var stored = (await ListAsync()).Single();
        Assert.Multiple(() =>
        {
            Assert.That(stored.UpdatedAt, Is.EqualTo(delivery.UpdatedAt));
            Assert.That((stored.State, stored.AttemptCount, stored.FailureCount, stored.NextAttemptAt), Is.EqualTo((DeliveryState.Delivered, 3, 2, (Instant?)null)));
            Assert.That(stored.Attempts, Is.EqualTo((WebhookAttempt[])[first, second with { Error = new string('x', 2000) }, third]));
        });
    }

    [Test]
    public async Task RecordAsync_EventIsSentAgainAfterAKill_AddsTheAttempt()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await RecordAsync(5, null, Attempt(500));
        await RecordAsync(5, null, Attempt(500, After(40)));
        Assert.That((await ListAsync()).Single(), Has.Property("AttemptCount").EqualTo(2).And.Property("Attempts").Count.EqualTo(2));
    }

    [Test]
    public async Task ListDueAsync_SeveralDeliveries_ReturnsThoseDueEarliestFirst()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await RecordAsync(5, null, Attempt(500, After(3)));
        await RecordAsync(7, null, Attempt(500, After(1)));
        await RecordAsync(9, null, Attempt(500, After(100)));
        Assert.That((await Deliveries.ListDueAsync(_id, After(20), 10, default)).Select(delivery => delivery.Position), Is.EqualTo((long[])[7, 5]));
        Assert.That((await Deliveries.ListDueAsync(_id, After(20), 1, default)).Select(delivery => delivery.Position), Is.EqualTo((long[])[7]));
        Assert.That((await Deliveries.FindFirstPendingAsync(_id, default))!.Position, Is.EqualTo(5));
    }

    [Test]
    public async Task ListAsync_OfAPayment_ReturnsItsEventsOnlyTheLatestFirst()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        var (payment, other) = (Sample.Payment(connector.Id), Sample.Payment(connector.Id));
        await Payments.AddAsync(payment, default);
        await Payments.AddAsync(other, default);
        await Payments.SaveAsync(payment, payment.ChangeMetadata(Sample.Edits(("key", "value")))!, default);
        if (typeof(TDatabase) == typeof(SqlServerTestDatabase))
        {
            await Store.Get<EventSealing>().SealAsync(default);
        }

        var positions = (await Store.Get<IEventReader>().ListAsync(payment.Id, 0, 10, default)).Events.Select(stored => stored.Position).ToList();
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        for (var position = positions[0]; position <= positions[1]; position++)
        {
            await RecordAsync(position, null, Attempt(500));
        }

        var found = await Deliveries.ListAsync(payment.Id, 10, default);
        Assert.That(found.Select(delivery => delivery.Delivery.Position), Is.EqualTo((long[])[positions[1], positions[0]]));
        Assert.That((found[0].Endpoint, found[0].Url.Text, found[0].Delivery.AttemptCount), Is.EqualTo((_id, "https://receiver.example/hooks", 1)));
        Assert.That(await Deliveries.ListAsync(payment.Id, 1, default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ResendAsync_WithAndWithoutADelivery_PlansAnAttemptNow()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        var delivered = await RecordAsync(5, await RecordAsync(5, null, Attempt(500)), Attempt(200, After(10)));
        Assert.That(delivered.State, Is.EqualTo(DeliveryState.Delivered));
        await Deliveries.ResendAsync(_id, 5, After(100), default);
        await Deliveries.ResendAsync(_id, 6, After(100), default);
        await Deliveries.ResendAsync(_id, 6, After(100), default);
        var due = await Deliveries.ListDueAsync(_id, After(100), 10, default);
        Assert.That(due.Select(delivery => (delivery.Position, delivery.State, delivery.AttemptCount, delivery.FailureCount)), Is.EqualTo(
            (List<(long, DeliveryState, int, int)>)[(5, DeliveryState.Pending, 2, 0), (6, DeliveryState.Pending, 0, 0)]));
    }

    [Test]
    public async Task RecoverAsync_SinceATime_PlansWhatFailedSinceAndIsNotDelivered()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await RecordAsync(1, null, Attempt(500, After(-100)));
        await RecordAsync(2, null, Attempt(500, After(0)));
        await RecordAsync(3, await RecordAsync(3, null, Attempt(500, After(1))), Attempt(200, After(10)));
        var failed = new WebhookDelivery(4, DeliveryState.Failed, 10, 10, null, After(20));
        await Deliveries.RecordAsync(_id, Me, failed, Attempt(500, After(20)), default);
        Assert.That(await Deliveries.RecoverAsync(_id, Now, After(50), default), Is.EqualTo(2));
        var due = await Deliveries.ListDueAsync(_id, After(50), 10, default);
        Assert.That(due.Where(delivery => delivery.NextAttemptAt == After(50)).Select(delivery => delivery.Position), Is.EqualTo((long[])[2, 4]));
    }

    [Test]
    public async Task ListAsync_StateAndPages_ReturnsTheMatchingInOrder()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        for (var position = 1; position <= 9; position++)
        {
            var delivery = await RecordAsync(position, null, Attempt(500, After(position)));
            if (position % 3 == 0)
            {
                await RecordAsync(position, delivery, Attempt(200, After(100 + position)));
            }
        }

        Assert.That(await PositionsAsync(null, new PageRequest(2)), Is.EqualTo((long[])[9, 8, 7, 6, 5, 4, 3, 2, 1]));
        Assert.That(await PositionsAsync(DeliveryState.Delivered, new PageRequest(2)), Is.EqualTo((long[])[9, 6, 3]));
        Assert.That(await PositionsAsync(DeliveryState.Pending, new PageRequest(4, Ascending: true)), Is.EqualTo((long[])[1, 2, 4, 5, 7, 8]));
    }

    [Test]
    public async Task DeleteOldAsync_AfterThirtyDays_KeepsWhatIsNotDelivered()
    {
        await Deliveries.ClaimAsync(Me, Now, After(30), default);
        await RecordAsync(1, null, Attempt(500));
        await RecordAsync(2, await RecordAsync(2, null, Attempt(500)), Attempt(200, After(10)));
        await Webhooks.ChangeAsync(_id, stored => stored.RotateSecret(WebhookSecret.Of(new byte[24]), Now), default);
        await Deliveries.DeleteOldAsync(Instant.OfUtc(Now.Utc.AddDays(30)), default);
        Assert.That((await ListAsync()).Select(delivery => delivery.Attempts.Count), Is.EqualTo((int[])[2, 1]));
        await Deliveries.DeleteOldAsync(Instant.OfUtc(Now.Utc.AddDays(31)), default);
        Assert.That((await ListAsync()).Select(delivery => (delivery.Position, delivery.Attempts.Count)), Is.EqualTo((List<(long, int)>)[(1, 0)]));
        Assert.That((await Webhooks.FindAsync(_id, default))!.Secrets.Previous, Is.Null);
    }

    private static Instant After(double seconds) => Instant.OfUtc(Now.Utc.AddSeconds(seconds));

    private static WebhookAttempt Attempt(int status, Instant? at = null, string? response = null) => new(at ?? Now, TimeSpan.FromMilliseconds(123), status, null, response);

    private async Task<WebhookTarget?> TargetAsync() => (await Deliveries.ListTargetsAsync(default)).SingleOrDefault(target => target.Endpoint.Id == _id);

    private async Task<WebhookDelivery> RecordAsync(long position, WebhookDelivery? recorded, WebhookAttempt attempt)
    {
        var delivery = recorded?.After(attempt, false, 0) ?? WebhookDelivery.FirstFailed(position, attempt, false, 0);
        Assert.That(await Deliveries.RecordAsync(_id, Me, delivery, attempt, default), Is.True);
        return delivery;
    }

    private async Task<IReadOnlyList<WebhookDelivery>> ListAsync() => (await Deliveries.ListAsync(_id, null, new PageRequest(100), default)).Items;

    private async Task<IReadOnlyList<long>> PositionsAsync(DeliveryState? state, PageRequest? request)
    {
        var positions = new List<long>();
        while (request is not null)
        {
            var page = await Deliveries.ListAsync(_id, state, request, default);
            positions.AddRange(page.Items.Select(delivery => delivery.Position));
            request = page.Next;
        }

        return positions;
    }
}
