using System.Net.Mime;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;

namespace Payments.Api.Tests.Events;

/// <summary>The bytes of events. Consumers may store and compare them, so they never change.</summary>
internal sealed class EventRenderingTests
{
    private const string Golden = "tests/Payments.Api.Tests/Events/events.golden.ndjson";
    private const string Unused = "eyJQcm92aWRlciI6ImJhbmtpbmdjaXJjbGUiLCJSZWZlcmVuY2UiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUifQ";

    private PaymentsService _service = null!;
    private readonly List<string> _whenNew = [];

    [OneTimeSetUp]
    public async Task ChangeEverythingAsync()
    {
        _service = await new PaymentsService().AuthorizedAsync();
        await KeepNewAsync(); // the service installed the sample connector
        await ChangeAsync("connectors/banking-circle", $$"""{"name":"unused \"ü😀\" <&>","connectorID":"{{Unused}}"}""");
        await ChangeAsync("accounts", Request.Account(Sample.ConnectorId));
        await ChangeAsync("accounts", Request.Account(
            Sample.ConnectorId,
            ("reference", "\"acc <&> 'é'\""), ("accountName", "\"Main \\\"é😀\\\" \\\\ / + <b>\""), ("defaultAsset", "\"EUR/2\""), ("metadata", """{"z":"1","a":"<ü>"}""")));
        await ChangeAsync("payments", Payment("PENDING", 1, "100", ("scheme", "\"unknown\""), ("metadata", """{"z":"1","a":"ü😀 \"\\\u0001\n<>&'+/"}"""), ("raw", """{"not":"shown"}""")));
        await ChangeAsync("payments", Payment("SUCCEEDED", 2, "60", ("sourceAccountID", $"\"{Sample.AccountId}\""), ("metadata", """{"b":"2"}""")));
        await ChangeAsync($"payments/{Sample.PaymentId}/adjustments", """{"reference":"re \"é\"","createdAt":"2024-04-30T12:00:00.1234567+02:00","status":"REFUNDED","amount":40,"raw":{"not":"shown"}}""");
        await PatchAsync("""{"a":null,"b":"changed","c":"<new>"}""");
        await ChangeAsync("payments", Payment("SUCCEEDED", 2, "60", ("destinationAccountID", $"\"{Sample.AccountId}\""), ("metadata", """{"d":"reported later"}""")));
        await PatchAsync("""{"a":"again","d":null}""");
        await ChangeAsync("payments", Payment("DISPUTE", 3, "60"));
        await ChangeAsync("payments", Request.Payment(
            Sample.ConnectorId, ("reference", "\"long\""), ("amount", new string('9', 38)), ("type", "\"PAYOUT\""), ("asset", "\"BTC/8\""), ("scheme", "\"apple pay\""), ("metadata", Large('ü'))));
        await PatchAsync(Large('n'), Id("long", "PAYOUT"));
        await ChangeAsync("accounts", Request.Account(Sample.ConnectorId, ("reference", "\"long\""), ("metadata", Large('ü'))));
        using var imported = await _service.Client.PostAsync("api/payments/payments/import", new StringContent(Imported(), null, "application/x-ndjson"));
        Assert.That(await imported.Content.ReadAsStringAsync(), Does.Contain("stored"), await imported.Content.ReadAsStringAsync());
        await KeepNewAsync();
        using var removed = await _service.Client.DeleteAsync($"api/payments/connectors/banking-circle/{Unused}");
        Assert.That((int)removed.StatusCode, Is.EqualTo(204));
        await KeepNewAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task Feed_EveryChange_HasItsGoldenBytes()
    {
        var events = (await EventsAsync(0)).Take(_whenNew.Count).Select(Fixed);
        Assert.That(events, Is.EqualTo(RepositoryFolder.Read(Golden).TrimEnd().Split('\n')));
    }

    // The payments and the connector changed after most of the events.
    [Test]
    public async Task Feed_LaterChanges_DoNotChangeBytesOfEarlierEvents() =>
        Assert.That((await EventsAsync(0)).Take(_whenNew.Count), Is.EqualTo(_whenNew));

    [Test]
    public async Task PaymentEvents_EachEvent_HasBytesOfFeed()
    {
        var text = await _service.Client.GetStringAsync($"api/payments/payments/{Sample.PaymentId}/events");
        var ofPayment = (await EventsAsync(0)).Where(e => (string?)JsonNode.Parse(e)!["subject"] == Sample.PaymentId);
        Assert.That(text, Is.EqualTo($$"""{"data":[{{string.Join(',', ofPayment)}}]}"""));
    }

    [Test]
    public async Task Feed_DataOver20KB_LeavesOutMetadata()
    {
        var events = (await EventsAsync(0)).Select(e => JsonNode.Parse(e)!).Where(e => ((string?)e["data"]!["payment"]?["reference"] ?? (string?)e["data"]!["account"]?["reference"]) == "long").ToArray();
        Assert.That(events, Has.Length.EqualTo(3));
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(e => (bool?)e["data"]!["truncated"]), Is.All.True);
            Assert.That(events.Select(e => e["data"]!["payment"]?["metadata"] ?? e["data"]!["account"]?["metadata"] ?? e["data"]!["changes"]), Is.All.Null);
        });
    }

    // The limit itself: one character fewer, and the metadata is there.
    [Test]
    public async Task Feed_DataOf20000Bytes_IsComplete()
    {
        await CreateAsync("limit-0", 0);
        var length = Data((await EventsAsync(0))[^1]).Length;
        foreach (var (reference, size) in ((string, int)[])[("limit-1", 20_000 - length), ("limit-2", 20_001 - length)])
        {
            await CreateAsync(reference, size);
        }

        var events = (await EventsAsync(0))[^2..];
        Assert.That(Data(events[0]), Has.Length.EqualTo(20_000));
        Assert.That(events.Select(e => (bool?)JsonNode.Parse(e)!["data"]!["truncated"] ?? false), Is.EqualTo((bool[])[false, true]));

        static string Data(string e) => Regex.Match(e, "\"data\":(.*)}$").Groups[1].Value;

        async Task CreateAsync(string reference, int size)
        {
            var sizes = Enumerable.Range(0, 25).Select(i => Math.Clamp(size - (1000 * i), 0, 1000));
            var metadata = new JsonObject(sizes.Select((length, i) => KeyValuePair.Create($"k{i}", (JsonNode?)new string('x', length))));
            using var response = await _service.SendAsync("payments", Request.Payment(Sample.ConnectorId, ("reference", $"\"{reference}\""), ("metadata", metadata.ToJsonString())));
            Assert.That((int)response.StatusCode, Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Feed_Batch_IsReadByCloudEventsSdk()
    {
        using var response = await _service.Client.GetAsync("api/payments/events?limit=1000");
        var body = await response.Content.ReadAsByteArrayAsync();
        var events = new JsonEventFormatter().DecodeBatchModeMessage(body, new ContentType(response.Content.Headers.ContentType!.ToString()), null);

        var json = JsonNode.Parse(body)!.AsArray();
        Assert.That(events, Has.Count.EqualTo(json.Count).And.Count.GreaterThan(15));
        foreach (var (read, written) in events.Zip(json))
        {
            Assert.Multiple(() =>
            {
                Assert.That(read.IsValid, Is.True);
                Assert.That(read.SpecVersion, Is.EqualTo(CloudEventsSpecVersion.V1_0));
                Assert.That((read.Id, read.Type, read.Subject, read.DataContentType), Is.EqualTo(((string)written!["id"]!, (string)written["type"]!, (string)written["subject"]!, "application/json")));
                Assert.That(read.Source!.ToString(), Does.Match("^/payments/[0-9a-f]{32}/[0-9a-f]{8}$"));
                Assert.That(read.Time, Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(5)));
                Assert.That(read["epoch"], Is.EqualTo((string)written["epoch"]!));
                Assert.That(read["actor"], Is.EqualTo(read.Id == "1" ? "service:payments" : "client:payments-dev"));
                Assert.That(JsonNode.DeepEquals(JsonNode.Parse(read.Data!.ToString()!), written["data"]), Is.True);
            });
        }
    }

    private static string Payment(string status, int day, string amount, params (string Name, string? Json)[] changes) => Request.Payment(
        Sample.ConnectorId, [("status", $"\"{status}\""), ("createdAt", $"\"2024-05-0{day}T12:00:00Z\""), ("amount", amount), .. changes]);

    private static string Imported() => Request.Payment(
        Sample.ConnectorId,
        ("reference", "\"imported\""),
        ("id", $"\"{Id("imported", "PAY-IN")}\""),
        ("provider", "\"STRIPE\""),
        ("status", "\"FAILED\""),
        ("initialAmount", "100"),
        ("adjustments", """[{"reference":"imported","createdAt":"2024-05-01T12:00:00Z","status":"PENDING","amount":100,"raw":{}},{"reference":"imported","createdAt":"2024-05-02T12:00:00Z","status":"FAILED","amount":100,"raw":{}}]"""));

    private static string Large(char character) =>
        new JsonObject(Enumerable.Range(0, 40).Select(i => KeyValuePair.Create($"key-{i}", (JsonNode?)new string(character, 1000)))).ToJsonString();

    private static string Id(string reference, string type) => System.Buffers.Text.Base64Url.EncodeToString(
        System.Text.Encoding.UTF8.GetBytes($$"""{"ConnectorID":{{Sample.ConnectorJson}},"Reference":"{{reference}}","Type":"{{type}}"}"""));

    // What differs in each run.
    private static string Fixed(string cloudEvent)
    {
        foreach (var (pattern, replacement) in ((string, string)[])
            [
                ("\"/payments/[0-9a-f]{32}/[0-9a-f]{8}\"", "\"/payments/<store>/<epoch>\""),
                ("\"time\":\"20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,3})?Z\"", "\"time\":\"<time>\""),
                ("\"epoch\":\"[0-9a-f]{8}\"", "\"epoch\":\"<epoch>\""),
                ("\"traceid\":\"[0-9a-f]{32}\"", "\"traceid\":\"<trace>\""),
            ])
        {
            cloudEvent = new Regex(pattern).Replace(cloudEvent, replacement, 1);
        }

        return cloudEvent;
    }

    private async Task ChangeAsync(string path, string json)
    {
        using var response = await _service.SendAsync(path, json);
        Assert.That((int)response.StatusCode, Is.EqualTo(200).Or.EqualTo(201), await response.Content.ReadAsStringAsync());
        await KeepNewAsync();
    }

    private async Task PatchAsync(string json, string payment = Sample.PaymentId)
    {
        using var response = await _service.Client.PatchAsync($"api/payments/payments/{payment}/metadata", new StringContent(json, null, "application/json"));
        Assert.That((int)response.StatusCode, Is.EqualTo(204));
        await KeepNewAsync();
    }

    private async Task KeepNewAsync() => _whenNew.AddRange(await EventsAsync(_whenNew.Count));

    /// <summary>The text of each event.</summary>
    private async Task<string[]> EventsAsync(long after)
    {
        var text = await _service.Client.GetStringAsync($"api/payments/events?after={after}&limit=1000");
        return text == "[]" ? [] : [.. Regex.Split(text[1..^1], "(?<=}),(?={\"specversion\")")];
    }
}
