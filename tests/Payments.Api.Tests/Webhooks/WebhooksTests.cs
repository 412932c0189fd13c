using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StandardWebhooks;

namespace Payments.Api.Tests.Webhooks;

/// <summary>Endpoints and deliveries over HTTP, from the service to a receiver on a socket.</summary>
internal sealed class WebhooksTests : ServiceFixture
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Unknown = "00000000-0000-4000-8000-000000000001";

    private WebhookReceiver _receiver = null!;

    [SetUp]
    public async Task StartReceiverAsync() => _receiver = await WebhookReceiver.StartAsync();

    [TearDown]
    public async Task StopReceiverAsync()
    {
        var listed = await Service.Client.GetFromJsonAsync<JsonObject>("api/payments/webhooks?pageSize=100");
        foreach (var endpoint in listed!["cursor"]!["data"]!.AsArray())
        {
            await Service.Client.DeleteAsync($"api/payments/webhooks/{endpoint!["id"]}");
        }

        await _receiver.DisposeAsync();
    }

    [Test]
    public async Task Create_AllMembers_ReturnsSecretOnceAndThenItsEnd()
    {
        var (status, body) = await Service.PostAsync(
            "webhooks", $$"""{"url":"{{_receiver.Url}}","types":["payment.created","account.created"],"description":"Shop","ordered":true,"secret":"{{Secret}}"}""");
        var id = (string)body["data"]!["id"]!;
        var read = (await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/webhooks/{id}"))!["data"]!.AsObject();
        var listed = (await Service.Client.GetFromJsonAsync<JsonObject>("api/payments/webhooks"))!["cursor"]!["data"]!.AsArray().Single()!;
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(201));
            Assert.That((string?)body["data"]!["secret"], Is.EqualTo(Secret));
            Assert.That(read.Select(member => member.Key), Is.EqualTo((string[])["id", "url", "types", "description", "ordered", "state", "createdAt", "secretLastFour"]));
            Assert.That(read["types"]!.ToJsonString(), Is.EqualTo("""["payment.created","account.created"]"""));
            Assert.That(((string?)read["state"], (bool)read["ordered"]!, (string?)read["secretLastFour"]), Is.EqualTo(("enabled", true, "LaSw")));
            Assert.That(listed.ToJsonString(), Is.EqualTo(read.ToJsonString()));
        });
    }

    [Test]
    public async Task Create_UrlOnly_GetsAllTypesAndANewSecret()
    {
        var endpoint = await CreateAsync();
        Assert.Multiple(() =>
        {
            Assert.That(Convert.FromBase64String(((string)endpoint["secret"]!)["whsec_".Length..]), Has.Length.EqualTo(32));
            Assert.That(endpoint["types"]!.AsArray(), Is.Empty);
            Assert.That((string?)endpoint["description"], Is.Empty);
        });
    }

    [TestCase("""{}""", "url", "is required")]
    [TestCase("""{"url":"http://shop.example/hooks"}""", "url", "must be an absolute https URL")]
    [TestCase("""{"url":"https://user:password@shop.example/hooks"}""", "url", "without a user name, a password or a fragment")]
    [TestCase("""{"url":"https://shop.example/hooks#part"}""", "url", "without a user name, a password or a fragment")]
    [TestCase("""{"url":"ftp://shop.example/hooks"}""", "url", "must be an absolute https URL")]
    [TestCase("""{"url":"https://10.1.2.3/hooks"}""", "url", "must not lead to 10.1.2.3, because this is not a public address. To allow it, add its network to the setting Webhooks:AllowedNetworks")]
    [TestCase("""{"url":"https://169.254.169.254/latest"}""", "url", "must not lead to 169.254.169.254")]
    [TestCase("""{"url":"https://localhost/hooks"}""", "url", "must not lead to localhost at ")]
    [TestCase("""{"url":"http://localhost/","types":["payment.created","payment.deleted"]}""", "types[1]", "must be one of: payment.created, payment.adjusted")]
    [TestCase("""{"url":"http://localhost/","secret":"whsec_c2hvcnQ="}""", "secret", "must be whsec_ followed by 24 to 64 random bytes in base64")]
    [TestCase("""{"url":"http://localhost/","description":" x"}""", "description", "must be 1 to 200 characters")]
    public async Task Create_InvalidValue_Returns400NamingFieldAndRule(string json, string field, string rule)
    {
        var (status, problem) = await Service.PostAsync("webhooks", json);
        Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "VALIDATION")));
        Assert.That(problem.Fields(), Is.EqualTo((string[])[field]));
        Assert.That((string?)problem["errors"]![field]![0], Does.Contain(rule));
    }

    [Test]
    public async Task Create_EveryValueInvalid_Returns400NamingAll()
    {
        var (_, problem) = await Service.PostAsync("webhooks", """{"url":"x","types":["y"],"description":" ","secret":"z"}""");
        Assert.That(problem.Fields(), Is.EqualTo((string[])["url", "types[0]", "description", "secret"]));
    }

    [TestCase("""{"url":1}""")]
    [TestCase("""{"url":"http://localhost/","ordered":"yes"}""")]
    [TestCase("""{"url":"http://localhost/","types":"payment.created"}""")]
    [TestCase("""{"url":"http://localhost/","type":["payment.created"]}""")]
    public async Task Create_WrongShape_Returns400(string json)
    {
        var (status, problem) = await Service.PostAsync("webhooks", json);
        Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((400, "MISSING_OR_INVALID_BODY")));
    }

    [TestCase("GET", "webhooks/ID")]
    [TestCase("PATCH", "webhooks/ID")]
    [TestCase("DELETE", "webhooks/ID")]
    [TestCase("POST", "webhooks/ID/rotate-secret")]
    [TestCase("POST", "webhooks/ID/pause")]
    [TestCase("POST", "webhooks/ID/resume")]
    [TestCase("POST", "webhooks/ID/test")]
    [TestCase("POST", "webhooks/ID/recover")]
    [TestCase("GET", "webhooks/ID/deliveries")]
    [TestCase("POST", "webhooks/ID/deliveries/1/resend")]
    public async Task Request_UnknownOrInvalidId_Returns404Or400(string method, string path)
    {
        var body = path.EndsWith("recover", StringComparison.Ordinal) ? """{"since":"2026-01-01T00:00:00Z"}""" : method == "PATCH" ? "{}" : null;
        Assert.That(await StatusAsync(method, path.Replace("ID", Unknown, StringComparison.Ordinal), body), Is.EqualTo((404, "NOT_FOUND")));
        Assert.That(await StatusAsync(method, path.Replace("ID", "x", StringComparison.Ordinal), body), Is.EqualTo((400, "INVALID_ID")));
    }

    [TestCase("POST", "webhooks")]
    [TestCase("PATCH", $"webhooks/{Unknown}")]
    [TestCase("DELETE", $"webhooks/{Unknown}")]
    [TestCase("POST", $"webhooks/{Unknown}/rotate-secret")]
    [TestCase("POST", $"webhooks/{Unknown}/pause")]
    [TestCase("POST", $"webhooks/{Unknown}/resume")]
    [TestCase("POST", $"webhooks/{Unknown}/test")]
    [TestCase("POST", $"webhooks/{Unknown}/recover")]
    [TestCase("POST", $"webhooks/{Unknown}/deliveries/1/resend")]
    public async Task Write_ReadScopeOnly_Returns403(string method, string path)
    {
        var token = await Service.TokenAsync("payments:read");
        using var response = await Service.Client.SendWithTokenAsync(token, new HttpMethod(method), $"api/payments/{path}", "{}");
        Assert.That((int)response.StatusCode, Is.EqualTo(403));
    }

    [Test]
    public async Task Update_SomeMembers_ChangesOnlyThose()
    {
        var endpoint = await CreateAsync(""","types":["account.created"],"description":"Shop" """);
        using var response = await Service.Client.PatchAsync(
            $"api/payments/webhooks/{endpoint["id"]}", new StringContent("""{"types":[],"ordered":true}""", Encoding.UTF8, "application/json"));
        var changed = (await response.JsonAsync())["data"]!;
        Assert.That(changed["types"]!.AsArray(), Is.Empty);
        Assert.That(((bool)changed["ordered"]!, (string?)changed["description"], (string?)changed["url"]), Is.EqualTo((true, "Shop", _receiver.Url)));
    }

    [Test]
    public async Task Update_InternalUrl_Returns400()
    {
        var endpoint = await CreateAsync();
        Assert.That(await StatusAsync("PATCH", $"webhooks/{endpoint["id"]}", """{"url":"https://192.168.1.1/"}"""), Is.EqualTo((400, "VALIDATION")));
    }

    [Test]
    public async Task Deliver_Payment_IsVerifiedByAnotherImplementationAndHasTheFeedsData()
    {
        var endpoint = await CreateAsync(""","types":["payment.created"]""");
        await Service.PostAsync("payments", Request.Payment(Connector, ("amount", "10000000000000000000000000000000000001")));
        var received = (await _receiver.WaitAsync(1))[0];
        Assert.That(received.Id, Does.Match("^evt_[0-9a-f]{8}_[0-9]+$"));
        Assert.That(received.Json.Select(member => member.Key), Is.EqualTo((string[])["type", "timestamp", "data"]));
        Assert.That(received.Body, Does.Contain("10000000000000000000000000000000000001"));
        Assert.That(() => new StandardWebhook((string)endpoint["secret"]!).Verify(received.Body, received.Headers), Throws.Nothing);
        Assert.That(() => new StandardWebhook(Secret).Verify(received.Body, received.Headers), Throws.Exception);
    }

    [Test]
    public async Task Deliver_NewEndpoint_FirstGetsItsOwnCreationWithoutSecret()
    {
        var endpoint = await CreateAsync();
        var received = (await _receiver.WaitAsync(1))[0];
        Assert.That(received.Type, Is.EqualTo("webhook.created"));
        Assert.That((string?)received.Json["data"]!["webhook"]!["id"], Is.EqualTo((string?)endpoint["id"]));
        Assert.That(received.Body, Does.Not.Contain(((string)endpoint["secret"]!)[6..]));
    }

    [Test]
    public async Task Deliver_Change_ArrivesWithinOneSecond()
    {
        await CreateAsync();
        await _receiver.WaitAsync(1);
        await Service.PostAsync("payments", Request.Payment(Connector));
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await _receiver.WaitAsync(2);
        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task Deliver_Failure_IsListedWithItsAttemptsAndRetried()
    {
        _receiver.Respond = _ => _receiver.Requests.Count == 1 ? 500 : 200;
        var endpoint = await CreateAsync(""","types":["payment.created"]""");
        await Service.PostAsync("payments", Request.Payment(Connector));
        await _receiver.WaitAsync(1);
        var pending = await DeliveriesAsync(endpoint, "pending");
        await _receiver.WaitAsync(2);
        var delivered = await DeliveriesAsync(endpoint, "delivered");
        Assert.Multiple(() =>
        {
            Assert.That(((int)pending["attemptCount"]!, pending["nextAttemptAt"] is null), Is.EqualTo((1, false)));
            Assert.That(delivered["attempts"]!.AsArray().Select(attempt => (int)attempt!["status"]!), Is.EqualTo((int[])[500, 200]));
            Assert.That((string?)delivered["attempts"]![0]!["response"], Is.EqualTo("thanks"));
            Assert.That(_receiver.Requests[1].Id, Is.EqualTo(_receiver.Requests[0].Id));
            Assert.That(_receiver.Requests[1].Body, Is.EqualTo(_receiver.Requests[0].Body));
        });
    }

    [Test]
    public async Task Resend_DeliveredEvent_SendsItAgainWithTheSameId()
    {
        var endpoint = await CreateAsync();
        var first = (await _receiver.WaitAsync(1))[0];
        var position = first.Id.Split('_')[2];
        Assert.That(await StatusAsync("POST", $"webhooks/{endpoint["id"]}/deliveries/{position}/resend"), Is.EqualTo((202, (string?)null)));
        Assert.That((await _receiver.WaitAsync(2))[1].Id, Is.EqualTo(first.Id));
        Assert.That((string?)(await DeliveriesAsync(endpoint, "delivered"))["state"], Is.EqualTo("delivered"));
    }

    [TestCase("0", 404)]
    [TestCase("99999999", 404)]
    [TestCase("-1", 400)]
    [TestCase("x", 400)]
    [TestCase("99999999999999999999", 400)]
    public async Task Resend_NoSuchEvent_Returns404Or400(string position, int status)
    {
        var endpoint = await CreateAsync();
        Assert.That((await StatusAsync("POST", $"webhooks/{endpoint["id"]}/deliveries/{position}/resend")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Recover_Failures_ReturnsTheirNumberAndSendsThem()
    {
        _receiver.Respond = _ => 500;
        var endpoint = await CreateAsync(""","types":["payment.created"]""");
        await Service.PostAsync("payments", Request.Payment(Connector, ("reference", "\"a\"")));
        await Service.PostAsync("payments", Request.Payment(Connector, ("reference", "\"b\"")));
        await _receiver.WaitAsync(2);
        await DeliveriesAsync(endpoint, "pending", count: 2);
        _receiver.Respond = _ => 200;
        var (status, body) = await Service.PostAsync($"webhooks/{endpoint["id"]}/recover", """{"since":"2026-01-01T00:00:00Z"}""");
        Assert.That((status, (int)body["data"]!["count"]!), Is.EqualTo((202, 2)));
        await DeliveriesAsync(endpoint, "delivered", count: 2);
    }

    [TestCase("""{}""", "VALIDATION")]
    [TestCase("""{"since":"yesterday"}""", "VALIDATION")]
    [TestCase("""{"since":1}""", "MISSING_OR_INVALID_BODY")]
    public async Task Recover_InvalidTime_Returns400(string json, string errorCode)
    {
        var endpoint = await CreateAsync();
        Assert.That(await StatusAsync("POST", $"webhooks/{endpoint["id"]}/recover", json), Is.EqualTo((400, errorCode)));
    }

    // tokentimer#70: the test button obeys another rule than delivery.
    [Test]
    public async Task Test_Endpoint_SendsSignedTestAndReturnsTheAttempt()
    {
        var endpoint = await CreateAsync(""","types":["account.created"]""");
        await Service.PostAsync($"webhooks/{endpoint["id"]}/pause", "{}");
        var (status, body) = await Service.PostAsync($"webhooks/{endpoint["id"]}/test", "{}");
        var received = (await _receiver.WaitAsync(1))[0];
        Assert.Multiple(() =>
        {
            Assert.That((status, (int)body["data"]!["status"]!, (string?)body["data"]!["response"]), Is.EqualTo((200, 200, "thanks")));
            Assert.That(received.Id, Does.Match("^test_[0-9a-f]{32}$"));
            Assert.That(received.Type, Is.EqualTo("webhook.test"));
            Assert.That(() => new StandardWebhook((string)endpoint["secret"]!).Verify(received.Body, received.Headers), Throws.Nothing);
        });
    }

    [Test]
    public async Task Test_ReceiverGone_ReturnsTheError()
    {
        var endpoint = await CreateAsync(""","types":["account.created"]""");
        await _receiver.DisposeAsync();
        var (status, body) = await Service.PostAsync($"webhooks/{endpoint["id"]}/test", "{}");
        Assert.That(status, Is.EqualTo(200));
        Assert.That((string?)body["data"]!["error"], Does.Contain("refused"));
        _receiver = await WebhookReceiver.StartAsync();
    }

    [Test]
    public async Task PauseAndResume_Endpoint_DeliversWhatHappenedInBetween()
    {
        var endpoint = await CreateAsync(""","types":["payment.created"]""");
        var (_, paused) = await Service.PostAsync($"webhooks/{endpoint["id"]}/pause", "{}");
        Assert.That((string?)paused["data"]!["state"], Is.EqualTo("paused"));
        await Task.Delay(1500);
        await Service.PostAsync("payments", Request.Payment(Connector));
        await Task.Delay(500);
        Assert.That(_receiver.Requests, Is.Empty);
        var (_, resumed) = await Service.PostAsync($"webhooks/{endpoint["id"]}/resume", "{}");
        Assert.That((string?)resumed["data"]!["state"], Is.EqualTo("enabled"));
        await _receiver.WaitAsync(1);
    }

    [Test]
    public async Task RotateSecret_OpenRotation_SignsWithBothAndRejectsASecondOne()
    {
        var endpoint = await CreateAsync(""","types":["payment.created"]""");
        using var response = await Service.Client.PostAsync($"api/payments/webhooks/{endpoint["id"]}/rotate-secret", null);
        var rotated = (await response.JsonAsync())["data"]!;
        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That((string?)rotated["secret"], Is.Not.EqualTo((string?)endpoint["secret"]));
        Assert.That((DateTimeOffset)rotated["previousSecretExpiresAt"]! - DateTimeOffset.UtcNow, Is.EqualTo(TimeSpan.FromHours(24)).Within(TimeSpan.FromMinutes(1)));

        var (status, problem) = await Service.PostAsync($"webhooks/{endpoint["id"]}/rotate-secret", "{}");
        Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
        Assert.That(problem.Fields(), Is.EqualTo((string[])["secret"]));

        await Service.PostAsync($"webhooks/{endpoint["id"]}/test", "{}");
        var received = (await _receiver.WaitAsync(1))[0];
        var signatures = $"{received.Headers["webhook-signature"]}".Split(' ');
        Assert.That(signatures, Has.Length.EqualTo(2));
        // Version 1.1.2 of the package looks at the first signature only, so it gets one at a time.
        foreach (var (signature, secret) in signatures.Zip((JsonNode[])[rotated["secret"]!, endpoint["secret"]!]))
        {
            received.Headers["webhook-signature"] = signature;
            Assert.That(() => new StandardWebhook((string)secret!).Verify(received.Body, received.Headers), Throws.Nothing);
        }
    }

    [Test]
    public async Task Gone_Endpoint_IsDisabledWithItsReason()
    {
        _receiver.Respond = _ => 410;
        var endpoint = await CreateAsync();
        await _receiver.WaitAsync(1);
        for (var i = 0; i < 100; i++)
        {
            var read = (await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/webhooks/{endpoint["id"]}"))!["data"]!;
            if ((string?)read["state"] == "disabled")
            {
                Assert.That((string?)read["disabledReason"], Is.EqualTo("gone"));
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("The endpoint was not disabled.");
    }

    [Test]
    public async Task Create_MoreThanTheLimit_Returns409NamingTheSetting()
    {
        using var service = await new PaymentsService(("Webhooks:MaxEndpoints", "1")).AuthorizedAsync();
        Assert.That((await service.PostAsync("webhooks", """{"url":"http://localhost/"}""")).Status, Is.EqualTo(201));
        var (status, problem) = await service.PostAsync("webhooks", """{"url":"http://localhost/"}""");
        Assert.That((status, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
        Assert.That((string?)problem["errorMessage"], Does.Contain("Webhooks:MaxEndpoints"));
    }

    [TestCase("state=lost", "state")]
    [TestCase("State=failed", "State")]
    [TestCase("state=failed&state=pending", "state")]
    [TestCase("status=failed", "status")]
    [TestCase("cursor=x", "cursor")]
    public async Task ListDeliveries_InvalidParameter_Returns400NamingIt(string query, string field)
    {
        var endpoint = await CreateAsync();
        using var response = await Service.Client.GetAsync($"api/payments/webhooks/{endpoint["id"]}/deliveries?{query}");
        Assert.That((int)response.StatusCode, Is.EqualTo(400));
        Assert.That((await response.JsonAsync()).Fields(), Does.Contain(field));
    }

    [Test]
    public async Task ListDeliveries_Pages_KeepTheStateInTheCursor()
    {
        var endpoint = await CreateAsync();
        var first = (await _receiver.WaitAsync(1))[0];
        var position = long.Parse(first.Id.Split('_')[2], null);
        for (var at = position; at > Math.Max(position - 3, 0); at--)
        {
            await StatusAsync("POST", $"webhooks/{endpoint["id"]}/deliveries/{at}/resend");
        }

        await DeliveriesAsync(endpoint, "delivered", count: (int)Math.Min(position, 3));
        var page = await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/webhooks/{endpoint["id"]}/deliveries?state=delivered&pageSize=1");
        var found = 0;
        for (var next = page!["cursor"]!; ; found++)
        {
            Assert.That(next["data"]!.AsArray().Select(delivery => (string)delivery!["state"]!), Is.All.EqualTo("delivered"));
            if (next["next"] is null)
            {
                break;
            }

            next = (await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/webhooks/{endpoint["id"]}/deliveries?cursor={next["next"]}"))!["cursor"]!;
        }

        Assert.That(found + 1, Is.EqualTo(Math.Min(position, 3)));
    }

    private async Task<JsonObject> CreateAsync(string members = "")
    {
        var (status, body) = await Service.PostAsync("webhooks", $$"""{"url":{{JsonSerializer.Serialize(_receiver.Url)}}{{members}}}""");
        Assert.That(status, Is.EqualTo(201), body.ToJsonString());
        return body["data"]!.AsObject();
    }

    /// <summary>Waits until so many deliveries are in the state, and returns the newest.</summary>
    private async Task<JsonNode> DeliveriesAsync(JsonObject endpoint, string state, int count = 1)
    {
        for (var i = 0; i < 100; i++)
        {
            var page = await Service.Client.GetFromJsonAsync<JsonObject>($"api/payments/webhooks/{endpoint["id"]}/deliveries?state={state}&pageSize=100");
            if (page!["cursor"]!["data"]!.AsArray() is { } found && found.Count == count)
            {
                return found[0]!;
            }

            await Task.Delay(50);
        }

        throw new AssertionException($"There were never {count} deliveries in the state {state}.");
    }

    private async Task<(int Status, string? ErrorCode)> StatusAsync(string method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"api/payments/{path}");
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Service.Client.SendAsync(request);
        return ((int)response.StatusCode, response.IsSuccessStatusCode ? null : (string?)(await response.JsonAsync())["errorCode"]);
    }
}
