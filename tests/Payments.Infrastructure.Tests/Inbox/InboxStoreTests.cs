using System.Text.Json;
using Payments.Application.Inbox;
using Payments.Application.Providers;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure.Tests.Inbox;

internal sealed class InboxStoreTests<TDatabase> : DatabaseTests<TDatabase>
    where TDatabase : ITestDatabase
{
    private static readonly Instant Now = new(Sample.Now);
    private static readonly Instant Old = new(Sample.Now.AddYears(-20));

    private ConnectorId _connector = null!;

    private IInbox Inbox => Store.Get<IInbox>();

    private IConnectorSettings Settings => Store.Get<IConnectorSettings>();

    [OneTimeSetUp]
    public Task PrepareAsync() => Store.Get<SecretStore>().PrepareAsync(default);

    [SetUp]
    public async Task InstallAsync()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        _connector = connector.Id;
    }

    [Test]
    public async Task AddAsync_SameKeyConcurrently_StoresOnePerConnector()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => AddAsync("evt_1"))));
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, default);
        Assert.That(added.Count(entry => entry is not null), Is.EqualTo(1));
        Assert.That(await Inbox.AddAsync(connector.Id, new("evt_1", "kind", "{}"), Now, default), Is.Not.Null);
        Assert.That(await Inbox.AddAsync(_connector, new("EVT_1", "kind", "{}"), Now, default), Is.Not.Null);
    }

    [Test]
    public async Task AddAsync_ConnectorNotInstalled_StoresNothing() =>
        Assert.That(await Inbox.AddAsync(Sample.Connector().Id, new("evt_1", "kind", "{}"), Now, default), Is.Null);

    [Test]
    public async Task CountAsync_EntriesOfTwoConnectors_CountsEachAndNoAppliedOnes()
    {
        foreach (var (key, state) in ((string, InboxState)[])[("a", InboxState.Applied), ("b", InboxState.Failed), ("c", InboxState.Failed), ("d", InboxState.Waiting)])
        {
            await Inbox.SaveAsync((await AddAsync(key))!, new(state, null, null, []), default);
        }

        await AddAsync("e");
        var other = Sample.Connector();
        await Connectors.AddAsync(other, default);
        var counts = await Inbox.CountByConnectorAsync(default);
        Assert.That(counts[_connector], Is.EqualTo(new InboxCounts(Received: 1, Ignored: 0, Waiting: 1, Failed: 2)));
        Assert.That(counts[other.Id], Is.EqualTo(new InboxCounts(0, 0, 0, 0)));
    }

    [Test]
    public async Task FindAsync_LongTexts_ReturnsThemExactly()
    {
        var key = new string('k', ProviderEvent.MaxKeyLength - 2) + "😀";
        var body = $$"""{"text":"{{new string('é', 300_000)}}"}""";
        var added = await Inbox.AddAsync(_connector, new(key, key, body), Now, default);
        Assert.That(await Inbox.FindAsync(added!.Id, default), Is.EqualTo(added));
        Assert.That(added, Is.EqualTo(new InboxEntry(added.Id, _connector, key, key, Now, InboxState.Received, null, null, body)));
    }

    [Test]
    public async Task SaveAsync_EachState_IsListed()
    {
        var payment = Sample.Payment(_connector);
        await Payments.AddAsync(payment, default);
        var reason = new string('r', InboxResult.MaxReasonLength);
        foreach (var state in Enum.GetValues<InboxState>())
        {
            var entry = await AddAsync($"{state}");
            await Inbox.SaveAsync(entry!, new(state, reason, state == InboxState.Waiting ? null : payment.Id, []), default);
        }

        foreach (var state in Enum.GetValues<InboxState>())
        {
            var listed = (await Inbox.ListAsync(_connector, null, state, new(10), default)).Items.Single();
            Assert.That((listed.Key, listed.State, listed.Reason, listed.Body), Is.EqualTo(($"{state}", state, reason, (string?)null)));
            Assert.That(listed.Payment, Is.EqualTo(state == InboxState.Waiting ? null : payment.Id));
        }

        var page = await Inbox.ListAsync(_connector, null, null, new(2), default);
        Assert.That(page.Items.Select(entry => entry.State), Is.EqualTo((InboxState[])[InboxState.Failed, InboxState.Waiting]));
        Assert.That((await Inbox.ListAsync(_connector, null, null, page.Next!, default)).Items.Select(entry => entry.State), Is.EqualTo((InboxState[])[InboxState.Ignored, InboxState.Applied]));
    }

    [Test]
    public async Task ListAsync_OfPayment_ReturnsOnlyItsEntriesNewestFirst()
    {
        var (payment, other) = (Sample.Payment(_connector, "pi_1"), Sample.Payment(_connector, "pi_2"));
        await Payments.AddAsync(payment, default);
        await Payments.AddAsync(other, default);
        (string Key, Instant At, InboxState State, PaymentId? Payment)[] entries =
        [
            ("b", Now, InboxState.Applied, payment.Id), ("other", Now, InboxState.Applied, other.Id), ("a", Old, InboxState.Failed, payment.Id),
            ("unknown", Now, InboxState.Waiting, null), ("c", Now, InboxState.Ignored, payment.Id),
        ];
        foreach (var (key, at, state, of) in entries)
        {
            await Inbox.SaveAsync((await Inbox.AddAsync(_connector, new(key, "kind", "{}"), at, default))!, new(state, null, of, []), default);
        }

        var page = await Inbox.ListAsync(_connector, payment.Id, null, new(2), default);
        Assert.That(page.Items.Select(entry => $"{entry.Key} {entry.State} {entry.Payment} {entry.Body}"), Is.EqualTo((string[])[$"c Ignored {payment.Id} ", $"b Applied {payment.Id} "]));
        Assert.That(await KeysAsync(payment.Id, null, page.Next!), Is.EqualTo((string[])["a"]));
        Assert.That(await KeysAsync(payment.Id, InboxState.Applied, new(2)), Is.EqualTo((string[])["b"]));
        Assert.That(await KeysAsync(Sample.Payment(_connector, "pi_3").Id, null, new(2)), Is.Empty);

        async Task<IEnumerable<string>> KeysAsync(PaymentId of, InboxState? state, PageRequest request) =>
            (await Inbox.ListAsync(_connector, of, state, request, default)).Items.Select(entry => entry.Key);
    }

    [Test]
    public async Task CountOpenAsync_EachState_CountsWhatIsLeftOfInstalledConnectors()
    {
        // Other tests leave entries of other connectors.
        var before = (await Inbox.CountOpenAsync(default)).ToDictionary(count => count.State);
        foreach (var state in Enum.GetValues<InboxState>())
        {
            await Inbox.SaveAsync((await Inbox.AddAsync(_connector, new($"{state}", "kind", "{}"), Old, default))!, new(state, null, null, []), default);
        }

        var counts = await Inbox.CountOpenAsync(default);
        Assert.That(
            counts.Select(count => (count.State, count.Count - (before.GetValueOrDefault(count.State)?.Count ?? 0), count.OldestAt)),
            Is.EquivalentTo(((InboxState, long, Instant)[])[(InboxState.Received, 1, Old), (InboxState.Waiting, 1, Old), (InboxState.Failed, 1, Old)]));

        await Connectors.RemoveAsync(_connector, default);
        Assert.That(await Inbox.CountOpenAsync(default), Is.EquivalentTo(before.Values));
    }

    [Test]
    public async Task FindPaymentAsync_EachLookup_FindsTheOnlyPaymentOfItsConnectorAndType()
    {
        var payment = Sample.Payment(_connector, "pi_1", "1000", PaymentStatus.Succeeded, metadata: Sample.Metadata(("stripe.charge", "ch_1")), asset: "EUR/2");
        await AddAdjustedAsync(payment, "re_1");
        await AddAdjustedAsync(Sample.Payment(_connector, "pi_2", metadata: Sample.Metadata(("order", "7"))), "shared");
        await AddAdjustedAsync(Sample.Payment(_connector, "pi_3", metadata: Sample.Metadata(("order", "7"))), "shared");
        var other = Sample.Connector();
        await Connectors.AddAsync(other, default);
        var found = new FoundPayment(payment.Id, "EUR/2");
        Assert.Multiple(async () =>
        {
            Assert.That(await FindAsync(new PaymentLookup.ByReference(PaymentType.PayIn, "pi_1")), Is.EqualTo(found));
            Assert.That(await FindAsync(new PaymentLookup.ByAdjustment(PaymentType.PayIn, "re_1")), Is.EqualTo(found));
            Assert.That(await FindAsync(new PaymentLookup.ByMetadata(PaymentType.PayIn, "stripe.charge", "ch_1")), Is.EqualTo(found));
            PaymentLookup[] none =
            [
                new PaymentLookup.ByReference(PaymentType.Payout, "pi_1"), new PaymentLookup.ByReference(PaymentType.PayIn, "PI_1"), new PaymentLookup.ByReference(PaymentType.PayIn, " "),
                new PaymentLookup.ByAdjustment(PaymentType.Payout, "re_1"), new PaymentLookup.ByAdjustment(PaymentType.PayIn, "re_2"), new PaymentLookup.ByAdjustment(PaymentType.PayIn, "shared"),
                new PaymentLookup.ByMetadata(PaymentType.Payout, "stripe.charge", "ch_1"), new PaymentLookup.ByMetadata(PaymentType.PayIn, "stripe.charge", "ch_2"), new PaymentLookup.ByMetadata(PaymentType.PayIn, "order", "7"),
            ];
            foreach (var lookup in none)
            {
                Assert.That(await FindAsync(lookup), Is.Null, $"{lookup}");
            }

            Assert.That(await Inbox.FindPaymentAsync(other.Id, new PaymentLookup.ByReference(PaymentType.PayIn, "pi_1"), default), Is.Null);
            Assert.That(await Inbox.FindPaymentAsync(other.Id, new PaymentLookup.ByAdjustment(PaymentType.PayIn, "re_1"), default), Is.Null);
            Assert.That(await Inbox.FindPaymentAsync(other.Id, new PaymentLookup.ByMetadata(PaymentType.PayIn, "stripe.charge", "ch_1"), default), Is.Null);
        });

        Task<FoundPayment?> FindAsync(PaymentLookup lookup) => Inbox.FindPaymentAsync(_connector, lookup, default);
    }

    [Test]
    public async Task FindWokenAsync_EventsOfPayments_ReturnsTheEntriesThatWaitForThem()
    {
        var byReference = await WaitAsync("a", new PaymentLookup.ByReference(PaymentType.PayIn, "pi_w"));
        var byAdjustment = await WaitAsync("b", new PaymentLookup.ByReference(PaymentType.PayIn, "re_w"), new PaymentLookup.ByAdjustment(PaymentType.PayIn, "re_w"));
        var byMetadata = await WaitAsync("c", new PaymentLookup.ByMetadata(PaymentType.PayIn, "stripe.charge", "ch_w"));
        var never = await WaitAsync("d", new PaymentLookup.ByReference(PaymentType.Payout, "pi_w"), new PaymentLookup.ByAdjustment(PaymentType.PayIn, "re_never"));
        var start = await HeadAsync();

        var payment = Sample.Payment(_connector, "pi_w", "1000", PaymentStatus.Succeeded);
        await Payments.AddAsync(payment, default);
        Assert.That(await WokenAsync(), Is.EqualTo((long[])[byReference]));
        payment = await ChangeAsync(payment, payment.FillDetails(PaymentScheme.Unknown, Sample.Metadata(("stripe.charge", "ch_w")))!);
        Assert.That(await WokenAsync(), Is.EqualTo((long[])[byReference, byMetadata]));
        await ChangeAsync(payment, payment.Adjust(Sample.Adjustment("re_w", PaymentStatus.Refunded, "100", 9))!);
        Assert.That(await WokenAsync(), Is.EqualTo((long[])[byReference, byAdjustment, byMetadata]));

        // An entry that is applied, or waits for something else, is not woken again.
        await Inbox.SaveAsync((await Inbox.FindAsync(byReference, default))!, new(InboxState.Applied, null, payment.Id, []), default);
        await Inbox.SaveAsync((await Inbox.FindAsync(byMetadata, default))!, new(InboxState.Waiting, "x", null, [new PaymentLookup.ByReference(PaymentType.PayIn, "other")]), default);
        Assert.That(await WokenAsync(), Is.EqualTo((long[])[byAdjustment]));
        await Inbox.SaveAsync((await Inbox.FindAsync(byAdjustment, default))!, new(InboxState.Failed, "x", payment.Id, []), default);
        Assert.That(await WokenAsync(), Is.Empty);
        Assert.That((await Inbox.FindAsync(never, default))!.State, Is.EqualTo(InboxState.Waiting));

        async Task<IReadOnlyList<long>> WokenAsync()
        {
            var head = await HeadAsync();
            var woken = new List<long>();
            for (var position = start; position < head;)
            {
                (position, var entries) = await Inbox.FindWokenAsync(position, default);
                woken.AddRange(entries);
            }

            return woken;
        }
    }

    [Test]
    public async Task ClaimAsync_OwnedByAnother_ReturnsNullUntilItsEnd()
    {
        var start = Sample.Now.AddYears(50);
        Instant At(int seconds) => new(start.AddSeconds(seconds));
        var position = await Inbox.ClaimAsync("me", At(0), At(10), default);
        Assert.That(position, Is.Not.Null);
        Assert.That(await Inbox.ClaimAsync("other", At(9), At(19), default), Is.Null);
        Assert.That(await Inbox.ClaimAsync("me", At(9), At(19), default), Is.EqualTo(position));
        await Inbox.SavePositionAsync("other", 7_000_000, default);
        await Inbox.SavePositionAsync("me", 5, default);
        Assert.That(await Inbox.ClaimAsync("other", At(19), At(29), default), Is.EqualTo(5));
        await Inbox.ReleaseAsync("me", default);
        Assert.That(await Inbox.ClaimAsync("me", At(20), At(30), default), Is.Null);
        await Inbox.ReleaseAsync("other", default);
        Assert.That(await Inbox.ClaimAsync("me", At(20), At(30), default), Is.EqualTo(5));
    }

    [Test]
    public async Task ListReceivedAsync_OtherStatesOrUninstalled_AreNotListed()
    {
        var received = await AddAsync("received");
        var applied = await AddAsync("applied");
        await Inbox.SaveAsync(applied!, new(InboxState.Applied, null, null, []), default);
        var other = Sample.Connector();
        await Connectors.AddAsync(other, default);
        var uninstalled = await Inbox.AddAsync(other.Id, new("evt", "kind", "{}"), Now, default);
        await Connectors.RemoveAsync(other.Id, default);
        var listed = await Inbox.ListReceivedAsync(new(Sample.Now.AddSeconds(1)), 1000, default);
        Assert.That(listed, Does.Contain(received!.Id).And.Not.Contain(applied!.Id).And.Not.Contain(uninstalled!.Id));
        Assert.That(await Inbox.ListReceivedAsync(Now, 1000, default), Does.Not.Contain(received.Id));
        Assert.That(await Inbox.FindAsync(uninstalled.Id, default), Is.Null);
        Assert.That(await Inbox.ListOpenAsync(Now, 0, 1000, default), Does.Contain(received.Id).And.Not.Contain(applied.Id).And.Not.Contain(uninstalled.Id));
        Assert.That(await Inbox.ListOpenAsync(Now, received.Id, 1000, default), Does.Not.Contain(received.Id));
        Assert.That(await Inbox.ListOpenAsync(new(Sample.Now.AddSeconds(1)), 0, 1000, default), Does.Not.Contain(received.Id));
    }

    [Test]
    public async Task EraseAsync_OldEntries_KeepsKeyAndResultAndWhatIsNotDone()
    {
        var applied = await AddOldAsync("applied", InboxState.Applied);
        var ignored = await AddOldAsync("ignored", InboxState.Ignored, new PaymentLookup.ByReference(PaymentType.PayIn, "pi_old"));
        var waiting = await AddOldAsync("waiting", InboxState.Waiting, new PaymentLookup.ByReference(PaymentType.PayIn, "pi_old"));
        var recent = await AddAsync("recent");
        await Inbox.SaveAsync(recent!, new(InboxState.Applied, null, null, []), default);
        while (await Inbox.EraseAsync(new(Sample.Now.AddYears(-19)), default))
        {
        }

        Assert.Multiple(async () =>
        {
            Assert.That(await Inbox.FindAsync(applied.Id, default), Is.EqualTo(applied with { State = InboxState.Applied, Body = null }));
            Assert.That((await Inbox.FindAsync(ignored.Id, default))!.Body, Is.Null);
            Assert.That((await Inbox.FindAsync(waiting.Id, default))!.Body, Is.EqualTo("{}"));
            Assert.That((await Inbox.FindAsync(recent!.Id, default))!.Body, Is.EqualTo("{}"));
            Assert.That(await Inbox.AddAsync(_connector, new("applied", "kind", "{}"), Now, default), Is.Null, "the key stays");
            Assert.That(await Inbox.ListOpenAsync(Old, 0, 1000, default), Does.Contain(waiting.Id).And.Not.Contain(ignored.Id));
        });
        var start = await HeadAsync();
        await Payments.AddAsync(Sample.Payment(_connector, "pi_old"), default);
        Assert.That((await Inbox.FindWokenAsync(start, default)).Entries, Does.Contain(waiting.Id).And.Not.Contain(ignored.Id));
        await Inbox.SaveAsync(waiting, new(InboxState.Applied, null, null, []), default);

        async Task<InboxEntry> AddOldAsync(string key, InboxState state, params PaymentLookup[] waits)
        {
            var entry = await Inbox.AddAsync(_connector, new(key, "kind", "{}"), Old, default);
            await Inbox.SaveAsync(entry!, new(state, null, null, waits), default);
            return entry!;
        }
    }

    [Test]
    public async Task Settings_StoredChangedAndUninstalled_AreEncryptedAndDeleted()
    {
        var connector = Sample.Connector();
        await Connectors.AddAsync(connector, """{"webhookSecret":"whsec_MARK"}""", default);
        var digits = new string('9', 9000);
        Assert.That(await Settings.FindSettingsAsync(connector.Id, default), Is.EqualTo((true, """{"webhookSecret":"whsec_MARK"}""")));
        await Settings.ChangeSettingsAsync(connector.Id, stored => $"{stored}{digits}", default);
        Assert.That((await Settings.FindSettingsAsync(connector.Id, default)).Settings, Is.EqualTo($$"""{"webhookSecret":"whsec_MARK"}{{digits}}"""));
        Assert.That(await Settings.FindSettingsAsync(_connector, default), Is.EqualTo((true, (string?)null)));
        await Settings.ChangeSettingsAsync(_connector, stored => stored ?? "{}", default);
        Assert.That(await Settings.FindSettingsAsync(_connector, default), Is.EqualTo((true, "{}")));
        Assert.That(await Settings.ListConfiguredAsync(default), Does.Contain(connector));
        var all = await Settings.ListSettingsAsync(default);
        Assert.That((all[connector.Id], all[_connector]), Is.EqualTo(($$"""{"webhookSecret":"whsec_MARK"}{{digits}}""", "{}")));
        var secrets = await Database.QueryAsync<string>("SELECT s.value FROM secrets AS s WHERE s.row_id = @Id;", new { Id = $"{connector.Id}" }, default);
        Assert.That(secrets.Single(), Does.Not.Contain("MARK"));

        await Connectors.RemoveAsync(connector.Id, default);
        Assert.That(await Settings.FindSettingsAsync(connector.Id, default), Is.EqualTo((false, (string?)null)));
        Assert.That(await Settings.ListConfiguredAsync(default), Does.Not.Contain(connector));
        Assert.That(await Database.QueryAsync<string>("SELECT s.value FROM secrets AS s WHERE s.row_id = @Id;", new { Id = $"{connector.Id}" }, default), Is.Empty);
        await Assert.ThatAsync(() => Settings.ChangeSettingsAsync(connector.Id, _ => "{}", default), Throws.TypeOf<NotFoundException>());
    }

    [Test]
    public async Task ChangeSettingsAsync_Concurrently_LosesNoChange()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Settings.ChangeSettingsAsync(
            _connector, stored => JsonSerializer.Serialize(JsonSerializer.Deserialize<List<int>>(stored ?? "[]")!.Append(i)), default))));
        var (_, settings) = await Settings.FindSettingsAsync(_connector, default);
        Assert.That(JsonSerializer.Deserialize<List<int>>(settings!), Is.EquivalentTo(Enumerable.Range(0, 8)));
    }

    private Task<InboxEntry?> AddAsync(string key) => Inbox.AddAsync(_connector, new(key, "kind", "{}"), Now, default);

    private async Task<long> WaitAsync(string key, params PaymentLookup[] waits)
    {
        var entry = await AddAsync(key);
        await Inbox.SaveAsync(entry!, new(InboxState.Waiting, "x", null, waits), default);
        return entry!.Id;
    }

    // On SQL Server, events get their position a moment after the commit.
    private async Task<long> HeadAsync()
    {
        while ((await Database.QueryAsync<long>("SELECT COUNT(*) FROM events AS e WHERE e.position IS NULL;", null, default))[0] > 0)
        {
            await Store.Get<EventSealing>().SealAsync(default);
        }

        return (await Database.QueryAsync<long>("SELECT COALESCE(MAX(e.position), 0) FROM events AS e;", null, default))[0];
    }

    private async Task AddAdjustedAsync(Payment payment, string reference)
    {
        await Payments.AddAsync(payment, default);
        await ChangeAsync(payment, payment.Adjust(Sample.Adjustment(reference, PaymentStatus.Refunded, "10", 9))!);
    }

    private async Task<Payment> ChangeAsync(Payment stored, Payment changed)
    {
        Assert.That(await Payments.SaveAsync(stored, changed, default), Is.True);
        return changed;
    }
}
