using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Payments;

/// <summary>Reads, patches and adjusts a payment after its creation.</summary>
internal sealed class PaymentHistoryTests : ServiceFixture
{
    [Test]
    public async Task Get_IfNoneMatchWithETag_Returns304UntilPaymentChanges()
    {
        var payment = await CreateAsync();
        var tag = await TagAsync(payment);
        Assert.That(await Service.StatusAsync(Address(payment), tag.ToString()), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await Service.StatusAsync(Address(payment), $"W/{tag}"), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await Service.StatusAsync(Address(payment), $"\"other\", {tag}"), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await Service.StatusAsync(Address(payment), "*"), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await Service.StatusAsync(Address(payment), "\"other\""), Is.EqualTo(HttpStatusCode.OK));

        await PatchAsync(payment, """{"a":"1"}""");
        Assert.That(await Service.StatusAsync(Address(payment), tag.ToString()), Is.EqualTo(HttpStatusCode.OK));

        tag = await TagAsync(payment);
        await AdjustAsync(payment, Adjustment("s", "SUCCEEDED"));
        Assert.That(await Service.StatusAsync(Address(payment), tag.ToString()), Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("x", 400, "INVALID_ID")]
    [TestCase("e30", 400, "INVALID_ID")]
    [TestCase(Sample.PaymentId, 404, "NOT_FOUND")]
    public async Task Request_InvalidOrUnknownId_ReturnsReason(string id, int status, string errorCode)
    {
        using var read = await Service.Client.GetAsync($"api/payments/payments/{id}");
        using var patched = await Service.Client.PatchAsync($"api/payments/payments/{id}/metadata", Json("""{"a":"1"}"""));
        using var adjusted = await Service.SendAsync($"payments/{id}/adjustments", Adjustment("s", "SUCCEEDED"));
        foreach (var response in (HttpResponseMessage[])[read, patched, adjusted])
        {
            Assert.That(await response.ErrorAsync(), Is.EqualTo((status, errorCode)));
        }
    }

    [Test]
    public async Task Patch_StringsAndNulls_SetsAndRemovesEntries()
    {
        var payment = await CreateAsync(("metadata", """{"a":"1","b":"2"}"""));
        Assert.That(await PatchAsync(payment, """{"b":null,"c":"3 ü😀"}"""), Is.EqualTo(204));
        Assert.That(await MetadataAsync(payment), Is.EqualTo("""{"a":"1","c":"3 \u00FC\uD83D\uDE00"}"""));
    }

    [Test]
    public async Task Patch_TwentyConcurrentKeys_SetsEach()
    {
        var payment = await CreateAsync();
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PatchAsync(payment, $$"""{"k{{i}}":"v"}""")));
        Assert.Multiple(async () =>
        {
            Assert.That(responses, Is.All.EqualTo(204));
            Assert.That(JsonNode.Parse(await MetadataAsync(payment))!.AsObject(), Has.Count.EqualTo(20));
        });
    }

    [Test]
    public async Task Patch_IfMatch_ChangesOnlyMatchingVersion()
    {
        var payment = await CreateAsync();
        var seen = (await TagAsync(payment)).ToString();
        Assert.Multiple(async () =>
        {
            Assert.That(await PatchAsync(payment, """{"a":"1"}""", seen), Is.EqualTo(204));
            Assert.That(await PatchAsync(payment, """{"a":"1"}""", seen), Is.EqualTo(204), "its response may have been lost");
            Assert.That(await PatchAsync(payment, """{"a":"2"}""", seen), Is.EqualTo(412));
            Assert.That(await PatchAsync(payment, """{"a":"2"}""", $"W/{await TagAsync(payment)}"), Is.EqualTo(412), "a weak tag proves nothing");
            Assert.That(await PatchAsync(payment, """{"a":"2"}""", "not a tag"), Is.EqualTo(412));
            Assert.That(await PatchAsync(payment, """{"a":"3"}""", "*"), Is.EqualTo(204));
            Assert.That(await MetadataAsync(payment), Is.EqualTo("""{"a":"3"}"""));
        });
    }

    [Test]
    public async Task Patch_Number_Returns400NamingAllowedTypes()
    {
        using var response = await Service.Client.PatchAsync($"{Address(await CreateAsync())}/metadata", Json("{\"a\":1}"));
        var problem = await response.JsonAsync();
        Assert.That((string?)problem["errors"]!["metadata.a"]![0], Is.EqualTo("must be a JSON string or null"));
    }

    [TestCase("{\"a\":1}", "MISSING_OR_INVALID_BODY", "metadata.a")]
    [TestCase("{\"a\":{}}", "MISSING_OR_INVALID_BODY", "metadata.a")]
    [TestCase("{\"a\":\"1\",\"a\":\"2\"}", "MISSING_OR_INVALID_BODY", "metadata.a")]
    [TestCase("[]", "MISSING_OR_INVALID_BODY", "")]
    [TestCase("", "MISSING_OR_INVALID_BODY", "")]
    [TestCase("{\"\":\"1\"}", "VALIDATION", "metadata")]
    [TestCase("{\"a\":\"\\ud800\"}", "VALIDATION", "metadata.a")]
    public async Task Patch_InvalidEntries_Returns400AndChangesNothing(string body, string errorCode, string fields)
    {
        var payment = await CreateAsync();
        using var response = await Service.Client.PatchAsync($"{Address(payment)}/metadata", Json(body));
        var problem = await response.JsonAsync();
        Assert.Multiple(async () =>
        {
            Assert.That(((int)response.StatusCode, (string?)problem["errorCode"], string.Join(',', problem.Fields())), Is.EqualTo((400, errorCode, fields)));
            Assert.That(await MetadataAsync(payment), Is.EqualTo("{}"));
        });
    }

    [Test]
    public async Task Adjust_PartialRefund_SubtractsOncePerReference()
    {
        var payment = await CreateAsync();
        await AdjustAsync(payment, Adjustment("r1", "REFUNDED", "30"));
        using var again = await Service.SendAsync($"{Path(payment)}/adjustments", Adjustment("r1", "REFUNDED", "30"));
        var (_, second) = await AdjustAsync(payment, Adjustment("r2", "REFUNDED", "30"));
        var (over, problem) = await AdjustAsync(payment, Adjustment("r3", "REFUNDED", "41"));
        var (other, _) = await AdjustAsync(payment, Adjustment("r1", "REFUNDED", "31"));
        Assert.Multiple(() =>
        {
            Assert.That(again.Headers.GetValues("Idempotent-Replayed"), Is.EqualTo((string[])["true"]));
            Assert.That(second["data"]!["amount"]!.ToJsonString(), Is.EqualTo("40"));
            Assert.That((string?)second["data"]!["status"], Is.EqualTo("REFUNDED"));
            Assert.That((over, (string?)problem["errorCode"]), Is.EqualTo((409, "CONFLICT")));
            Assert.That(other, Is.EqualTo(409));
        });
    }

    [Test]
    public async Task Adjust_TwentyConcurrentRefunds_RefundsAtMostTheAmount()
    {
        var payment = await CreateAsync();
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AdjustAsync(payment, Adjustment($"r{i}", "REFUNDED", "7"))));
        var read = await Service.Client.GetFromJsonAsync<JsonObject>(Address(payment));
        Assert.Multiple(() =>
        {
            // 14 refunds of 7 are 98. A fifteenth exceeds what is left of 100.
            Assert.That(responses.Count(response => response.Status == 200), Is.EqualTo(14));
            Assert.That(responses.Count(response => response.Status == 409), Is.EqualTo(6));
            Assert.That(read!["data"]!["amount"]!.ToJsonString(), Is.EqualTo("2"));
            Assert.That(read["data"]!["adjustments"]!.AsArray(), Has.Count.EqualTo(15));
        });
    }

    [Test]
    public async Task Adjust_OutOfOrder_StatusIsOfLatestCreatedAt()
    {
        var payment = await CreateAsync();
        await AdjustAsync(payment, Adjustment("late", "DISPUTE_WON", createdAt: "2024-05-03T00:00:00Z"));
        var (_, response) = await AdjustAsync(payment, Adjustment("early", "DISPUTE", createdAt: "2024-05-02T00:00:00Z"));
        Assert.Multiple(() =>
        {
            Assert.That((string?)response["data"]!["status"], Is.EqualTo("DISPUTE_WON"));
            Assert.That(
                response["data"]!["adjustments"]!.AsArray().Select(adjustment => (string?)adjustment!["status"]),
                Is.EqualTo((string[])["DISPUTE_WON", "DISPUTE", "PENDING"]));
        });
    }

    [TestCase("{\"status\":\"REFUNDED\"}", "VALIDATION", "reference,createdAt,amount")]
    [TestCase("{\"reference\":\"r\",\"createdAt\":\"2024-05-01T12:00:00Z\",\"status\":\"refunded\",\"amount\":1}", "VALIDATION", "status")]
    [TestCase("{\"reference\":\"r\",\"createdAt\":\"2024-05-01T12:00:00Z\",\"status\":\"REFUNDED\",\"amount\":\"1\"}", "MISSING_OR_INVALID_BODY", "amount")]
    [TestCase("{\"asset\":\"USD\"}", "MISSING_OR_INVALID_BODY", "asset")]
    public async Task Adjust_InvalidRequest_Returns400NamingField(string body, string errorCode, string fields)
    {
        var (status, problem) = await AdjustAsync(await CreateAsync(), body);
        Assert.That(
            (status, (string?)problem["errorCode"], string.Join(',', problem.Fields())),
            Is.EqualTo((400, errorCode, fields)));
    }

    private async Task<JsonObject> CreateAsync(params (string Name, string? Json)[] changes)
    {
        var (status, body) = await Service.PostAsync("payments", Request.Payment(Connector, changes));
        Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        return body;
    }

    private static string Adjustment(string reference, string status, string? amount = null, string createdAt = "2024-05-02T09:30:00Z") =>
        $$"""{"reference":"{{reference}}","createdAt":"{{createdAt}}","status":"{{status}}"{{(amount is null ? "" : $",\"amount\":{amount}")}}}""";

    private static string Path(JsonObject payment) => $"payments/{payment["data"]!["id"]}";

    private static string Address(JsonObject payment) => $"api/payments/{Path(payment)}";

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private Task<(int Status, JsonObject Body)> AdjustAsync(JsonObject payment, string adjustment) => Service.PostAsync($"{Path(payment)}/adjustments", adjustment);

    private async Task<int> PatchAsync(JsonObject payment, string body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{Address(payment)}/metadata") { Content = Json(body) };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using var response = await Service.Client.SendAsync(request);
        return (int)response.StatusCode;
    }

    private async Task<EntityTagHeaderValue> TagAsync(JsonObject payment)
    {
        using var response = await Service.Client.GetAsync(Address(payment));
        return response.Headers.ETag!;
    }

    private async Task<string> MetadataAsync(JsonObject payment) =>
        (await Service.Client.GetFromJsonAsync<JsonObject>(Address(payment)))!["data"]!["metadata"]!.ToJsonString();
}
