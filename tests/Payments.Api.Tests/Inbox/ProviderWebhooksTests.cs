using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using static Payments.TestCommon.SignedEvents;

namespace Payments.Api.Tests.Inbox;

/// <summary>Events of providers over HTTP, from their signature to the payment.</summary>
internal sealed class ProviderWebhooksTests : ServiceFixture
{
    private HttpClient Client => Service.Client;

    [Test]
    public async Task Receive_SignedStripeEvent_RecordsThePayment()
    {
        var connector = await StripeAsync();
        var body = StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded"));
        Assert.That(await ReceiveAsync(connector, body), Is.EqualTo((200, "")));

        var payment = (await PaymentsAsync(connector)).Single()!;
        var events = (await Client.GetFromJsonAsync<JsonObject>($"api/payments/payments/{payment["id"]}/events"))!["data"]!.AsArray();
        var entry = await EntryAsync(connector, (await InboxAsync(connector)).Single()!);
        Assert.Multiple(() =>
        {
            Assert.That($"{payment["reference"]} {payment["status"]} {payment["amount"]} {payment["asset"]}", Is.EqualTo("pi_1 SUCCEEDED 1000 USD/2"));
            Assert.That((string?)events.Single()!["actor"], Is.EqualTo($"provider-webhook:{connector}"));
            Assert.That($"{entry["eventKey"]} {entry["kind"]} {entry["state"]}", Is.EqualTo("evt_1 payment_intent.succeeded applied"));
            Assert.That((string?)entry["paymentID"], Is.EqualTo((string?)payment["id"]));
            Assert.That(entry["body"]!.ToJsonString(), Is.EqualTo(body));
            Assert.That(entry.ContainsKey("reason"), Is.False);
        });
    }

    [Test]
    public async Task Receive_SignedAdyenBatch_ReturnsAcceptedAndRecordsEachItem()
    {
        var connector = await Client.InstallWithSettingsAsync("adyen", AdyenSettings);
        using var response = await Client.PostAdyenEventsAsync(
            connector, AdyenBatch(AdyenItem("REFUND", "R1", 60, 400, "P1"), AdyenItem("AUTHORISATION", "P1", 0), AdyenItem("REPORT_AVAILABLE", "X1", 70)));
        Assert.That(((int)response.StatusCode, await response.Content.ReadAsStringAsync()), Is.EqualTo((200, "[accepted]")));
        await AssertInboxAsync(connector, "AUTHORISATION applied", "REFUND applied", "REPORT_AVAILABLE ignored");
        Assert.That((int)(await PaymentsAsync(connector)).Single()!["amount"]!, Is.EqualTo(600));
    }

    [Test]
    public async Task Receive_SameEventAgain_ChangesNothing()
    {
        var connector = await StripeAsync();
        var body = StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded"));
        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ReceiveAsync(connector, body)));
        // Only the key counts: a provider can render an event again with another API version.
        var other = await ReceiveAsync(connector, StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_2", "succeeded")));
        Assert.That(responses.Append(other), Is.All.EqualTo((200, "")));
        Assert.That(await InboxAsync(connector), Has.Count.EqualTo(1));
        Assert.That((await PaymentsAsync(connector)).Single()!["adjustments"]!.AsArray(), Has.Count.EqualTo(1));
    }

    [TestCase("wrong secret", 400)]
    [TestCase("old", 400)]
    [TestCase("no header", 400)]
    [TestCase("other body", 400)]
    public async Task Receive_StripeSignatureNotValid_Returns400AndStoresNothing(string fault, int status)
    {
        var connector = await StripeAsync();
        var body = StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded"));
        var signature = fault switch
        {
            "wrong secret" => StripeSignature(body, "whsec_other"),
            "old" => StripeSignature(body, at: DateTimeOffset.UtcNow.AddSeconds(-400)),
            "other body" => StripeSignature(body + " "),
            _ => "",
        };
        using var response = await Client.PostStripeEventAsync(connector, body, signature);
        Assert.That(await response.ErrorAsync(), Is.EqualTo((status, "VALIDATION")));
        Assert.That((await InboxAsync(connector)).Concat(await PaymentsAsync(connector)), Is.Empty);
    }

    [Test]
    public async Task Receive_AdyenNotAuthentic_Returns401AndStoresNothing()
    {
        var connector = await Client.InstallWithSettingsAsync("adyen", AdyenSettings);
        var good = AdyenItem("AUTHORISATION", "P1", 0);
        using var password = await Client.PostAdyenEventsAsync(connector, AdyenBatch(good), $"{AdyenUser}:wrong");
        using var item = await Client.PostAdyenEventsAsync(connector, AdyenBatch(good, good.Replace("1000", "9000", StringComparison.Ordinal)));
        Assert.Multiple(async () =>
        {
            Assert.That(await password.ErrorAsync(), Is.EqualTo((401, "UNAUTHORIZED")));
            Assert.That($"{password.Headers.WwwAuthenticate}", Is.EqualTo("Basic realm=\"webhooks\""));
            Assert.That(await item.ErrorAsync(), Is.EqualTo((401, "UNAUTHORIZED")));
            Assert.That((await InboxAsync(connector)).Concat(await PaymentsAsync(connector)), Is.Empty);
        });
    }

    [Test]
    public async Task Receive_SecretOfAnotherConnector_IsRejected()
    {
        var leaked = await StripeAsync();
        var other = await Client.InstallWithSettingsAsync("stripe", """{"webhookSecret":"whsec_of_its_own"}""");
        var body = StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded"));
        Assert.That((await ReceiveAsync(leaked, body)).Status, Is.EqualTo(200));
        Assert.That((await ReceiveAsync(other, body)).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task Receive_ConnectorWithoutSecretsOrUnknown_Returns401Or404()
    {
        var bare = await Service.InstallAsync();
        var wise = await Service.InstallAsync("wise");
        using var without = await Client.PostStripeEventAsync(bare, "{}");
        using var unknown = await Client.PostStripeEventAsync(Sample.Connector().Id.ToString(), "{}");
        using var otherProvider = await Client.PostAdyenEventsAsync(bare, "{}");
        using var noWebhooks = await Client.PostStripeEventAsync(wise, "{}");
        using var invalid = await Client.PostStripeEventAsync("x", "{}");
        Assert.Multiple(async () =>
        {
            Assert.That(await without.ErrorAsync(), Is.EqualTo((401, "UNAUTHORIZED")));
            Assert.That(await unknown.ErrorAsync(), Is.EqualTo((404, "NOT_FOUND")));
            Assert.That(await otherProvider.ErrorAsync(), Is.EqualTo((404, "NOT_FOUND")));
            Assert.That(await noWebhooks.ErrorAsync(), Is.EqualTo((404, "NOT_FOUND")));
            Assert.That(await invalid.ErrorAsync(), Is.EqualTo((400, "INVALID_ID")));
        });
    }

    [TestCase("create")]
    [TestCase("import")]
    [TestCase("event")]
    public async Task Receive_BeforeItsPayment_IsAppliedWhenThePaymentComes(string source)
    {
        var connector = await StripeAsync();
        await ReceiveAsync(connector, StripeEvent("evt_2", "refund.created", 9, Refund("re_1", "pi_1", 300, 9)));
        await AssertInboxAsync(connector, "refund.created waiting");
        var payment = Request.Payment(connector, ("reference", "\"pi_1\""), ("amount", "1000"), ("asset", "\"USD/2\""), ("createdAt", "\"2024-05-01T12:00:00Z\""), ("status", "\"SUCCEEDED\"")).ReplaceLineEndings("");
        if (source == "create")
        {
            Assert.That((await Service.PostAsync("payments", payment)).Status, Is.EqualTo(200));
        }
        else if (source == "import")
        {
            await Service.ImportAsync(payment);
        }
        else
        {
            await ReceiveAsync(connector, StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded")));
        }

        await EventuallyAsync(connector, entry => (string)entry["kind"]! == "refund.created" && (string)entry["state"]! == "applied");
        Assert.That((int)(await PaymentsAsync(connector)).Single()!["amount"]!, Is.EqualTo(700));
    }

    [Test]
    public async Task Receive_NothingNewAtAnotherTime_IsAppliedOnceAnEventInBetweenComes()
    {
        var connector = await StripeAsync();
        await ReceiveAsync(connector, StripeEvent("evt_1", "payment_intent.payment_failed", 10, Intent("pi_1", "requires_payment_method")));
        await ReceiveAsync(connector, StripeEvent("evt_3", "payment_intent.payment_failed", 30, Intent("pi_1", "requires_payment_method")));
        var ignored = (await InboxAsync(connector, "ignored")).Single()!;
        Assert.That((string?)ignored["reason"], Does.StartWith("createdAt "));
        await ReceiveAsync(connector, StripeEvent("evt_2", "payment_intent.succeeded", 20, Intent("pi_1", "succeeded")));
        await EventuallyAsync(connector, entry => (string)entry["eventKey"]! == "evt_3" && (string)entry["state"]! == "applied");
    }

    [Test]
    public async Task Receive_ContradictionWithThePayment_FailsUntilThePaymentChanges()
    {
        var connector = await StripeAsync();
        await ReceiveAsync(connector, StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded")));
        await ReceiveAsync(connector, StripeEvent("evt_2", "refund.created", 9, Refund("re_1", "pi_1", 700, 9)));
        await ReceiveAsync(connector, StripeEvent("evt_3", "refund.created", 10, Refund("re_2", "pi_1", 400, 10)));
        var failed = (await InboxAsync(connector, "failed")).Single()!;
        Assert.That((string?)failed["reason"], Does.Contain("amount"));

        await ReceiveAsync(connector, StripeEvent("evt_4", "refund.failed", 20, Refund("re_1", "pi_1", 700, 9)));
        await EventuallyAsync(connector, entry => (string)entry["eventKey"]! == "evt_3" && (string)entry["state"]! == "applied");
        Assert.That((int)(await PaymentsAsync(connector)).Single()!["amount"]!, Is.EqualTo(600));
    }

    [Test]
    public async Task Retry_EntryOfEachState_ReturnsItsState()
    {
        var connector = await StripeAsync();
        await ReceiveAsync(connector, StripeEvent("evt_1", "refund.created", 9, Refund("re_1", "pi_1", 300, 9)));
        await ReceiveAsync(connector, StripeEvent("evt_2", "invoice.paid", 9, "{}"));
        foreach (var entry in await InboxAsync(connector))
        {
            var (status, body) = await Service.PostAsync($"connectors/stripe/{connector}/inbox/{entry!["id"]}/retry", "{}");
            Assert.That((status, (string?)body["data"]!["state"]), Is.EqualTo((200, (string?)entry["state"])));
        }

        var other = await StripeAsync();
        var id = (string)(await InboxAsync(connector))[0]!["id"]!;
        Assert.That((await Service.PostAsync($"connectors/stripe/{other}/inbox/{id}/retry", "{}")).Status, Is.EqualTo(404));
        Assert.That((await Service.PostAsync($"connectors/adyen/{connector}/inbox/{id}/retry", "{}")).Status, Is.EqualTo(404));
        Assert.That((await Service.PostAsync($"connectors/stripe/{connector}/inbox/0x1/retry", "{}")).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task ListInbox_PagesAndStates_ReturnEachEntryOnce()
    {
        var connector = await StripeAsync();
        for (var i = 0; i < 5; i++)
        {
            await ReceiveAsync(connector, StripeEvent($"evt_{i}", i % 2 == 0 ? "invoice.paid" : "payment_intent.succeeded", i, Intent($"pi_{i}", "succeeded")));
        }

        var keys = new List<string>();
        var address = $"api/payments/connectors/STRIPE/{connector}/inbox?state=ignored&pageSize=2";
        while (await Client.GetFromJsonAsync<JsonObject>(address) is { } page && page["cursor"]!["data"]!.AsArray() is { Count: > 0 } data)
        {
            keys.AddRange(data.Select(entry => (string)entry!["eventKey"]!));
            Assert.That(data.Select(entry => entry!.AsObject().ContainsKey("body")), Is.All.False);
            if (page["cursor"]!["next"] is not { } next)
            {
                break;
            }

            address = $"api/payments/connectors/stripe/{connector}/inbox?cursor={next}";
        }

        Assert.That(keys, Is.EqualTo((string[])["evt_4", "evt_2", "evt_0"]));
        Assert.That(await InboxAsync(connector), Has.Count.EqualTo(5));
        Assert.That(await InboxAsync(connector, "applied"), Has.Count.EqualTo(2));
        foreach (var (path, status) in ((string, int)[])[("stripe/" + connector + "/inbox?state=done", 400), ("stripe/" + connector + "/inbox?kind=x", 400), ("adyen/" + connector + "/inbox", 404), ("stripe/" + Sample.Connector().Id + "/inbox", 404)])
        {
            using var response = await Client.GetAsync($"api/payments/connectors/{path}");
            Assert.That((int)response.StatusCode, Is.EqualTo(status), path);
        }
    }

    [Test]
    public async Task Inbox_TokenWithoutScope_IsRejected()
    {
        var connector = await StripeAsync();
        var address = $"api/payments/connectors/stripe/{connector}";
        var read = await Service.TokenAsync("payments:read");
        using var listed = await Client.SendWithTokenAsync(read, HttpMethod.Get, $"{address}/inbox");
        using var retried = await Client.SendWithTokenAsync(read, HttpMethod.Post, $"{address}/inbox/1/retry");
        using var configured = await Client.SendWithTokenAsync(read, HttpMethod.Patch, address, StripeSettings);
        using var anonymous = await Client.SendWithTokenAsync("none", HttpMethod.Get, $"{address}/inbox");
        Assert.That(
            (int[])[(int)listed.StatusCode, (int)retried.StatusCode, (int)configured.StatusCode, (int)anonymous.StatusCode], Is.EqualTo((int[])[200, 403, 403, 401]));
    }

    [Test]
    public async Task Configure_SecretRotated_AcceptsBothThenTheNewOneOnly()
    {
        var connector = await Service.InstallAsync();
        Assert.That(await SendAsync(1, "whsec_old"), Is.EqualTo(401));
        Assert.That((await ConfigureAsync(connector, """{"webhookSecret":"whsec_old"}""")).Status, Is.EqualTo(204));
        Assert.That(await SendAsync(2, "whsec_old"), Is.EqualTo(200));
        await ConfigureAsync(connector, """{"webhookSecret":["whsec_old","whsec_new"]}""");
        Assert.That((await SendAsync(3, "whsec_old"), await SendAsync(4, "whsec_new")), Is.EqualTo((200, 200)));
        await ConfigureAsync(connector, """{"webhookSecret":"whsec_new"}""");
        Assert.That((await SendAsync(5, "whsec_old"), await SendAsync(6, "whsec_new")), Is.EqualTo((400, 200)));

        async Task<int> SendAsync(int number, string secret)
        {
            var body = StripeEvent($"evt_{number}", "invoice.paid", number, "{}");
            using var response = await Client.PostStripeEventAsync(connector, body, StripeSignature(body, secret));
            return (int)response.StatusCode;
        }
    }

    [Test]
    public async Task Configure_InvalidSettings_Returns400NamingEachAndNoSecret()
    {
        var stripe = await StripeAsync();
        var adyen = await Service.InstallAsync("adyen");
        var wise = await Service.InstallAsync("wise");
        Assert.Multiple(async () =>
        {
            await AssertErrorsAsync(stripe, "stripe", """{"webhookSecret":"sk_live_MARK","webhookSecrte":"whsec_MARK"}""", "webhookSecret", "webhookSecrte");
            await AssertErrorsAsync(stripe, "stripe", """{"webhookSecret":null}""", "webhookSecret");
            await AssertErrorsAsync(stripe, "stripe", """{"webhookSecret":["whsec_1","whsec_2","whsec_3","whsec_4"]}""", "webhookSecret");
            await AssertErrorsAsync(adyen, "adyen", """{"capture":"later","webhookPassword":"MARK"}""", "hmacKey", "webhookUsername", "capture");
            await AssertErrorsAsync(wise, "wise", """{"webhookSecret":"whsec_MARK"}""", "provider");
            Assert.That((await ConfigureAsync(Sample.Connector().Id.ToString(), StripeSettings)).Status, Is.EqualTo(404));
            Assert.That((await ConfigureAsync(stripe, "[]")).Status, Is.EqualTo(400));
        });
        var body = StripeEvent("evt_1", "invoice.paid", 1, "{}");
        Assert.That((await ReceiveAsync(stripe, body)).Status, Is.EqualTo(200), "a rejected change changes nothing");

        async Task AssertErrorsAsync(string connector, string provider, string settings, params string[] fields)
        {
            var (status, text) = await ConfigureAsync(connector, settings, provider);
            Assert.That(status, Is.EqualTo(400), text);
            Assert.That(text, Does.Not.Contain("MARK"));
            Assert.That(JsonNode.Parse(text)!.Fields(), Is.EqualTo(fields));
        }
    }

    [Test]
    public async Task Install_SettingsOfAnotherService_AreAcceptedOrDiscarded()
    {
        using var incomplete = await Client.PostJsonAsync("connectors/adyen", $$"""{"name":"{{Guid.NewGuid()}}","apiKey":"x","companyID":"y","webhookUsername":"u","webhookPassword":"p","pollingPeriod":"2m"}""");
        Assert.That((int)incomplete.StatusCode, Is.EqualTo(201));
        var connector = (string)(await incomplete.JsonAsync())["data"]!["connectorID"]!;
        using var before = await Client.PostAdyenEventsAsync(connector, AdyenBatch(AdyenItem("AUTHORISATION", "P1", 0)), "u:p");
        Assert.That((int)before.StatusCode, Is.EqualTo(401));
        Assert.That((await ConfigureAsync(connector, $$"""{"hmacKey":"{{AdyenKey}}"}""", "adyen")).Status, Is.EqualTo(204));
        using var after = await Client.PostAdyenEventsAsync(connector, AdyenBatch(AdyenItem("AUTHORISATION", "P1", 0)), "u:p");
        Assert.That((int)after.StatusCode, Is.EqualTo(200));

        using var invalid = await Client.PostJsonAsync("connectors/stripe", """{"name":"new","webhookSecret":"sk_live_MARK"}""");
        Assert.That((await invalid.JsonAsync()).Fields(), Is.EqualTo((string[])["webhookSecret"]));
    }

    [Test]
    public async Task Settings_Stored_AreNeitherReturnedNorReadableInTheDatabase()
    {
        var connector = await StripeAsync();
        await ReceiveAsync(connector, StripeEvent("evt_1", "payment_intent.succeeded", 5, Intent("pi_1", "succeeded")));
        foreach (var path in (string[])["connectors", $"connectors/stripe/{connector}/inbox", "events?limit=1000", "payments/export"])
        {
            Assert.That(await Client.GetStringAsync($"api/payments/{path}"), Does.Not.Contain("MARK-stories"), path);
        }

        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Service.DatabaseFile)!, "payments.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.That(await reader.ReadToEndAsync(), Does.Not.Contain("MARK-stories").And.Not.Contain("webhookSecret"), file);
        }
    }

    [Test]
    public async Task Uninstall_ConnectorWithEvents_SucceedsAndReinstallStartsAnew()
    {
        var connector = await StripeAsync();
        var refund = StripeEvent("evt_1", "refund.created", 9, Refund("re_1", "pi_1", 300, 9));
        await ReceiveAsync(connector, refund);
        using var uninstalled = await Client.DeleteAsync($"api/payments/connectors/stripe/{connector}");
        Assert.That(((int)uninstalled.StatusCode, (await ReceiveAsync(connector, refund)).Status), Is.EqualTo((204, 404)));

        using var installed = await Client.PostJsonAsync("connectors/stripe", $$"""{"name":"{{Guid.NewGuid()}}","connectorID":"{{connector}}"}""");
        Assert.That((int)installed.StatusCode, Is.EqualTo(201));
        Assert.That((await ReceiveAsync(connector, refund)).Status, Is.EqualTo(401), "the secret was deleted");
        await ConfigureAsync(connector, StripeSettings);
        await ReceiveAsync(connector, refund);
        await AssertInboxAsync(connector, "refund.created waiting");
    }

    [TestCase(300, 200)]
    [TestCase(1025, 413)]
    public async Task Receive_LargeBody_IsAcceptedUpTo1MiB(int kib, int status)
    {
        var connector = await StripeAsync();
        var body = StripeEvent("evt_1", "invoice.paid", 1, $$"""{"text":"{{new string('x', kib * 1024)}}"}""");
        Assert.That((await ReceiveAsync(connector, body)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Receive_AnonymousLimitReached_IsStillServedUpToItsOwnLimit()
    {
        using var service = new PaymentsService(
            ("RateLimiting:AnonymousRequestsPerSecond", "1"), ("RateLimiting:ProviderWebhooksPerSecond", "2"), ("RateLimiting:Burst", "5"));
        await service.AuthorizedAsync();
        var connector = await service.Client.InstallWithSettingsAsync("stripe", StripeSettings);
        using var anonymous = new HttpClient { BaseAddress = service.Client.BaseAddress };
        while ((int)(await anonymous.GetAsync("api/payments/_info")).StatusCode == 200)
        {
        }

        var statuses = new List<int>();
        var reason = "";
        for (var i = 0; i < 40 && !statuses.Contains(429); i++)
        {
            using var response = await anonymous.PostStripeEventAsync(connector, StripeEvent($"evt_{i}", "invoice.paid", 1, "{}"));
            statuses.Add((int)response.StatusCode);
            reason = await response.Content.ReadAsStringAsync();
        }

        Assert.That(statuses[..5], Is.All.EqualTo(200));
        Assert.That(statuses[^1], Is.EqualTo(429));
        Assert.That(reason, Does.Contain("RateLimiting:ProviderWebhooksPerSecond is 2"));
    }

    [TestCase("adyen", """{"capture":"\ud800"}""")]
    [TestCase("stripe", """{"webhookSecret":["\ud800"]}""")]
    public async Task Settings_LoneSurrogate_Returns400AndInstallsNothing(string provider, string settings)
    {
        var connector = await Client.InstallWithSettingsAsync(provider, """{"unknown":"accepted"}""");
        using var installed = await Client.PostAsync(
            $"api/payments/connectors/{provider}", new StringContent(settings.Replace("{", "{\"name\":\"lone surrogate\",", StringComparison.Ordinal), Encoding.UTF8, "application/json"));
        var configured = await ConfigureAsync(connector, settings, provider);

        Assert.That((int)installed.StatusCode, Is.EqualTo(400));
        Assert.That(await installed.Content.ReadAsStringAsync(), Does.Contain("settings must not contain a lone surrogate"));
        Assert.That(configured.Status, Is.EqualTo(400));
        Assert.That(configured.Body, Does.Contain("settings must not contain a lone surrogate"));
        Assert.That(await Client.GetStringAsync("api/payments/connectors"), Does.Not.Contain("lone surrogate"));
    }

    private Task<string> StripeAsync() => Client.InstallWithSettingsAsync("stripe", StripeSettings);

    private async Task<(int Status, string Body)> ReceiveAsync(string connector, string body)
    {
        using var response = await Client.PostStripeEventAsync(connector, body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<(int Status, string Body)> ConfigureAsync(string connector, string settings, string provider = "stripe")
    {
        using var response = await Client.PatchAsync($"api/payments/connectors/{provider}/{connector}", new StringContent(settings, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonArray> PaymentsAsync(string connector) =>
        (await Client.GetFromJsonAsync<JsonObject>($"api/payments/payments?connectorID={connector}"))!["cursor"]!["data"]!.AsArray();

    private async Task<JsonArray> InboxAsync(string connector, string? state = null) =>
        (await Client.GetFromJsonAsync<JsonObject>($"api/payments/connectors/{Provider(connector)}/{connector}/inbox{(state is null ? "" : $"?state={state}")}"))!["cursor"]!["data"]!.AsArray();

    private async Task<JsonObject> EntryAsync(string connector, JsonNode entry) =>
        (await Client.GetFromJsonAsync<JsonObject>($"api/payments/connectors/{Provider(connector)}/{connector}/inbox/{entry["id"]}"))!["data"]!.AsObject();

    private async Task AssertInboxAsync(string connector, params string[] expected)
    {
        string[] Texts(JsonArray entries) => [.. entries.Select(entry => $"{entry!["kind"]} {entry["state"]}").Order(StringComparer.Ordinal)];
        for (var i = 0; i < 100 && !Texts(await InboxAsync(connector)).SequenceEqual(expected); i++)
        {
            await Task.Delay(100);
        }

        Assert.That(Texts(await InboxAsync(connector)), Is.EqualTo(expected));
    }

    private async Task EventuallyAsync(string connector, Func<JsonNode, bool> condition)
    {
        for (var i = 0; i < 100 && !(await InboxAsync(connector)).Any(entry => condition(entry!)); i++)
        {
            await Task.Delay(100);
        }

        var inbox = await InboxAsync(connector);
        Assert.That(inbox.Count(entry => condition(entry!)), Is.Positive, () => inbox.ToJsonString());
    }

    private static string Provider(string connector) => Sample.Value<Domain.Connectors.ConnectorId>(connector).Provider.Id;
}
