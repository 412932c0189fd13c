using System.Text.Json;
using Payments.Domain;
using Payments.Domain.Events;
using Payments.Domain.Webhooks;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Tests.Webhooks;

[TestFixture(typeof(SqliteTestDatabase))]
[TestFixture(typeof(SqlServerTestDatabase))]
internal sealed class WebhookRepositoryTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private static readonly DateTime Now = new(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc);

    private IWebhookRepository Webhooks => Store.Get<IWebhookRepository>();

    [OneTimeSetUp]
    public Task PrepareAsync() => Store.Get<SecretStore>().PrepareAsync(default);

    [SetUp]
    public async Task DeleteAllAsync()
    {
        foreach (var endpoint in (await Webhooks.ListAsync(new PageRequest(1000), default)).Items)
        {
            await Webhooks.DeleteAsync(endpoint.Id, default);
        }
    }

    [Test]
    public async Task AddAsync_AllValues_AreReadBackAndRecorded()
    {
        var endpoint = await AddAsync(kinds: EventKind.PaymentCreated | EventKind.AccountCreated, description: "Shop 😀", isOrdered: true);
        Assert.That(Describe(await Webhooks.FindAsync(endpoint.Id, default)), Is.EqualTo(Describe(endpoint)));
        Assert.That(await EventsAsync(endpoint.Id), Is.EqualTo((EventKind[])[EventKind.WebhookCreated]));
    }

    [Test]
    public async Task AddAsync_Secret_IsStoredEncryptedOnly()
    {
        var endpoint = await AddAsync();
        var stored = (await Database.QueryAsync<string>("SELECT value FROM secrets WHERE row_id = @Id;", new { Id = $"{endpoint.Id}" }, default)).Single();
        Assert.That(stored, Does.Not.Contain(endpoint.Secrets.Current.Text["whsec_".Length..]));
        Assert.That(Store.Get<SecretKeys>().Decrypt("webhook", $"{endpoint.Id}", stored), Is.EqualTo(endpoint.Secrets.Current.Key.ToArray()));
    }

    [Test]
    public async Task AddAsync_MaxEndpoints_ReturnsFalseAndRecordsNothing()
    {
        for (var i = 0; i < 100; i++)
        {
            await AddAsync();
        }

        var one = NewEndpoint();
        Assert.That(await Webhooks.AddAsync(one, default), Is.False);
        Assert.That(await EventsAsync(one.Id), Is.Empty);
        await Webhooks.DeleteAsync((await Webhooks.ListAsync(new PageRequest(1), default)).Items[0].Id, default);
        Assert.That(await Webhooks.AddAsync(one, default), Is.True, "a deleted endpoint does not count");
    }

    [Test]
    public async Task ListAsync_Pages_ReturnEachEndpointOnceNewestFirst()
    {
        var added = new List<WebhookEndpoint>();
        for (var i = 0; i < 5; i++)
        {
            added.Add(await AddAsync(createdAt: Now.AddSeconds(i / 2)));
        }

        var found = new List<WebhookId>();
        for (var request = new PageRequest(2); request is not null;)
        {
            var page = await Webhooks.ListAsync(request, default);
            found.AddRange(page.Items.Select(endpoint => endpoint.Id));
            request = page.Next;
        }

        Assert.That(found, Is.EqualTo(added.Select(endpoint => endpoint.Id).Reverse()));
    }

    [Test]
    public async Task ChangeAsync_Settings_AreStoredAndWhatTheyOverwroteIsRecorded()
    {
        var endpoint = await AddAsync(description: "before");
        var changed = await Webhooks.ChangeAsync(
            endpoint.Id,
            stored => stored with { Settings = new(Url("https://other.example/"), EventKind.PaymentUpdated, null, true) }, default);
        Assert.That(Describe(await Webhooks.FindAsync(endpoint.Id, default)), Is.EqualTo(Describe(changed)));
        var changes = JsonDocument.Parse((await ChangesAsync(endpoint.Id))[^1]!).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(changes.GetProperty("url").GetProperty("from").GetString(), Is.EqualTo(endpoint.Settings.Url.Text));
            Assert.That(changes.GetProperty("types").GetProperty("to").GetRawText(), Is.EqualTo("""["payment.updated"]"""));
            Assert.That(changes.GetProperty("description").GetProperty("from").GetString(), Is.EqualTo("before"));
            Assert.That(changes.GetProperty("ordered").GetProperty("to").GetBoolean(), Is.True);
            Assert.That(changes.EnumerateObject().Count(), Is.EqualTo(4));
        });
    }

    [Test]
    public async Task ChangeAsync_EachState_RecordsItsEvent()
    {
        var endpoint = await AddAsync();
        await Webhooks.ChangeAsync(endpoint.Id, stored => stored.Pause(), default);
        await Webhooks.ChangeAsync(endpoint.Id, stored => stored.Pause(), default);
        await Webhooks.ChangeAsync(endpoint.Id, stored => stored.Resume(), default);
        var disabled = await Webhooks.ChangeAsync(endpoint.Id, stored => stored.Disable(DisabledReason.Failing), default);
        Assert.That(Describe(await Webhooks.FindAsync(endpoint.Id, default)), Is.EqualTo(Describe(disabled)));
        await Webhooks.DeleteAsync(endpoint.Id, default);
        Assert.That(await EventsAsync(endpoint.Id), Is.EqualTo((EventKind[])
            [EventKind.WebhookCreated, EventKind.WebhookUpdated, EventKind.WebhookUpdated, EventKind.WebhookDisabled, EventKind.WebhookDeleted]));
    }

    [Test]
    public async Task ChangeAsync_Rotation_StoresBothSecretsAndRecordsOnlyTheirEnds()
    {
        var endpoint = await AddAsync();
        var rotated = await Webhooks.ChangeAsync(endpoint.Id, stored => stored.RotateSecret(WebhookSecret.Of(new byte[40]), Instant.OfUtc(Now)), default);
        Assert.That(Describe(await Webhooks.FindAsync(endpoint.Id, default)), Is.EqualTo(Describe(rotated)));
        var changes = (await ChangesAsync(endpoint.Id))[^1];
        Assert.That(changes, Is.EqualTo($$$"""{"secretLastFour":{"from":"{{{endpoint.Secrets.LastFour}}}","to":"{{{rotated.Secrets.LastFour}}}"}}"""));
    }

    [Test]
    public async Task ChangeAsync_TwentyConcurrently_AppliesAllOfThem()
    {
        var endpoint = await AddAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => Webhooks.ChangeAsync(
            endpoint.Id, stored => stored with { Settings = stored.Settings with { Kinds = stored.Settings.Kinds | (EventKind)(1 << i) } }, default))));
        var changed = await Webhooks.FindAsync(endpoint.Id, default);
        Assert.That((int)changed!.Settings.Kinds, Is.EqualTo(1023));
        Assert.That((changed.Revision, (await EventsAsync(endpoint.Id)).Count), Is.EqualTo((10, 11)));
    }

    [Test]
    public async Task DeleteAsync_Twice_ThrowsNotFoundAndLeavesNoSecret()
    {
        var endpoint = await AddAsync();
        await Webhooks.DeleteAsync(endpoint.Id, default);
        Assert.That(() => Webhooks.DeleteAsync(endpoint.Id, default), Throws.TypeOf<NotFoundException>());
        Assert.That(() => Webhooks.ChangeAsync(endpoint.Id, stored => stored.Pause(), default), Throws.TypeOf<NotFoundException>());
        Assert.That(await Webhooks.FindAsync(endpoint.Id, default), Is.Null);
        Assert.That(await Database.QueryAsync<string>("SELECT value FROM secrets WHERE row_id = @Id;", new { Id = $"{endpoint.Id}" }, default), Is.Empty);
    }

    [Test]
    public async Task PrepareAsync_SecretOfAnUnknownKey_StopsTheStart()
    {
        var endpoint = await AddAsync();
        await Database.WriteAsync("UPDATE secrets SET value = @Value WHERE row_id = @Id;", new { Id = $"{endpoint.Id}", Value = "0123456789abcdef:AAAA" }, default);
        Assert.That(() => Store.Get<SecretStore>().PrepareAsync(default), Throws.TypeOf<StartupException>().With.Message.Contains("0123456789abcdef"));
        await Database.WriteAsync("DELETE FROM secrets WHERE row_id = @Id;", new { Id = $"{endpoint.Id}" }, default);
        await Store.Get<SecretStore>().PrepareAsync(default);
        var lost = await Webhooks.FindAsync(endpoint.Id, default);
        Assert.That(lost!.Secrets.LastFour, Is.EqualTo(endpoint.Secrets.LastFour), "an endpoint whose secret was lost can still be rotated");
        await Webhooks.ChangeAsync(endpoint.Id, stored => stored.RotateSecret(WebhookSecret.Of(new byte[32]), Instant.OfUtc(Now)), default);
    }

    private static string Describe(WebhookEndpoint? endpoint) => string.Join(
        '|', endpoint!.Id, endpoint.Settings, endpoint.State, endpoint.DisabledReason, endpoint.CreatedAt, endpoint.Revision, endpoint.Secrets.Current.Text,
        endpoint.Secrets.Previous?.Text, endpoint.Secrets.PreviousExpiresAt, endpoint.Secrets.LastFour);

    private static WebhookUrl Url(string text) => StoredValue.Read<WebhookUrl>(text);

    private static WebhookEndpoint NewEndpoint(EventKind kinds = default, string? description = null, bool isOrdered = false, DateTime? createdAt = null) => WebhookEndpoint.Create(
        new WebhookId(Guid.NewGuid()),
        new(Url("https://receiver.example/hooks"), kinds, description is null ? null : StoredValue.Read<WebhookDescription>(description), isOrdered),
        WebhookSecret.Of(Guid.NewGuid().ToByteArray().Concat(Guid.NewGuid().ToByteArray()).ToArray()),
        Instant.OfUtc(createdAt ?? Now));

    private async Task<WebhookEndpoint> AddAsync(EventKind kinds = default, string? description = null, bool isOrdered = false, DateTime? createdAt = null)
    {
        var endpoint = NewEndpoint(kinds, description, isOrdered, createdAt);
        Assert.That(await Webhooks.AddAsync(endpoint, default), Is.True);
        return endpoint;
    }

    private async Task<IReadOnlyList<EventKind>> EventsAsync(WebhookId id) => [.. (await Database.QueryAsync<long>(
        "SELECT e.kind FROM events AS e INNER JOIN webhooks AS w ON w.sequence = e.webhook WHERE w.id = @Id ORDER BY e.revision;", new { Id = $"{id}" }, default)).Select(kind => (EventKind)kind)];

    private Task<IReadOnlyList<string?>> ChangesAsync(WebhookId id) => Database.QueryAsync<string?>(
        "SELECT e.changes FROM events AS e INNER JOIN webhooks AS w ON w.sequence = e.webhook WHERE w.id = @Id ORDER BY e.revision;", new { Id = $"{id}" }, default);
}
