using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoMapper;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Payments.Api.Payments.Export;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Tests.Payments;

internal sealed class ExportTests : ServiceFixture
{
    private const string Path = "api/payments/payments/export";

    [Test]
    public async Task Export_Payment_ReturnsWhatGetReturns()
    {
        var id = await CreateAsync("a", ("metadata", "{\"k\":\"ü😀\"}"));
        var line = (await ExportAsync("")).Single();
        var read = await Service.Client.GetStringAsync($"api/payments/payments/{id}");
        Assert.That($"{{\"data\":{line}}}", Is.EqualTo(read));
    }

    [Test]
    public async Task WriteAsync_ReaderStops_Throws()
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var export = new PaymentExport(Service.Services.GetRequiredService<IMapper>(), JsonSerializerOptions.Web, isCsv: true);
        var unread = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1)).Writer.AsStream();
        await Assert.ThrowsAsync<TimeoutException>(() => export.SendAsync(
            AsyncEnumerable.Empty<IReadOnlyList<System.Range>>(), unread, TimeSpan.FromMilliseconds(50), end.Token));
    }

    [Test]
    public async Task Export_EditedMetadata_IncludesReportedMetadataAndEditedKeys()
    {
        var id = await CreateAsync("a", ("metadata", "{\"k\":\"1\"}"));
        await PatchAsync(id, "{\"k\":\"2\"}");
        Assert.That((await ExportAsync("")).Single(), Does.EndWith(",\"metadata\":{\"k\":\"2\"},\"reportedMetadata\":{\"k\":\"1\"},\"editedMetadataKeys\":[\"k\"]}"));
    }

    [Test]
    public async Task Export_ManyPages_ReturnsEachPaymentOnceInOrder()
    {
        await Service.ImportAsync(string.Join('\n', Enumerable.Range(0, 2500).Select(i => Line($"{i}", i))));
        var ascending = (await ExportAsync("&sort=createdAt:asc")).Select(Reference).ToList();
        var descending = (await ExportAsync("")).Select(Reference);
        Assert.Multiple(() =>
        {
            Assert.That(ascending, Is.EqualTo(Enumerable.Range(0, 2500).Select(i => $"{i}")));
            Assert.That(descending, Is.EqualTo(ascending.AsEnumerable().Reverse()));
        });
    }

    [TestCase("desc")]
    [TestCase("asc")]
    public async Task Export_After_ReturnsFollowingPayments(string order)
    {
        // At the same createdAt, so that the order of recording decides.
        await Service.ImportAsync(string.Join('\n', Enumerable.Range(0, 40).Select(i => Line($"{i}", i / 20))));
        var all = await ExportAsync($"&sort=createdAt:{order}");
        foreach (var last in (int[])[0, 17, 38, 39])
        {
            var rest = await ExportAsync($"&sort=createdAt:{order}&after={(string)JsonNode.Parse(all[last])!["id"]!}");
            Assert.That(rest, Is.EqualTo(all.Skip(last + 1)));
        }
    }

    [Test]
    public async Task Export_Filter_ReturnsMatches()
    {
        await CreateAsync("a", ("status", "\"FAILED\""));
        await CreateAsync("b");
        Assert.That((await ExportAsync("&status=FAILED")).Select(Reference), Is.EqualTo((string[])["a"]));
    }

    [TestCase("format=xml", "format")]
    [TestCase("format=csv&format=csv", "format")]
    [TestCase("after=x", "after")]
    [TestCase("after=", "after")]
    [TestCase("after=eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9LCJSZWZlcmVuY2UiOiJyZWYtMDAxIiwiVHlwZSI6IlBBWS1JTiJ9", "after")]
    [TestCase("pageSize=10", "pageSize")]
    [TestCase("cursor=x", "cursor")]
    [TestCase("sort=amount", "sort")]
    [TestCase("status=DONE", "status")]
    [TestCase("colour=red", "colour")]
    public async Task Export_InvalidParameter_Returns400NamingIt(string query, string field)
    {
        using var response = await Service.Client.GetAsync($"{Path}?{query}");
        var problem = await response.JsonAsync();
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(400));
            Assert.That((string?)problem["errorCode"], Is.EqualTo("VALIDATION"));
            Assert.That(problem.Fields(), Is.EqualTo((string[])[field]));
        });
    }

    [TestCase("", null, "ndjson")]
    [TestCase("", "*/*", "ndjson")]
    [TestCase("", "application/*", "ndjson")]
    [TestCase("", "text/csv", "csv")]
    [TestCase("", "text/*", "csv")]
    [TestCase("", "application/x-ndjson, text/csv", "ndjson")]
    [TestCase("", "application/x-ndjson;q=0.1, text/csv;q=0.2", "csv")]
    [TestCase("", "*/*, application/x-ndjson;q=0", "csv")]
    [TestCase("&format=ndjson", null, "ndjson")]
    [TestCase("&format=csv", null, "csv")]
    [TestCase("&format=csv", "*/*", "csv")]
    [TestCase("&format=csv", "application/x-ndjson, text/csv;q=0.1", "csv")]
    [TestCase("&format=ndjson", "text/csv, application/x-ndjson;q=0.1", "ndjson")]
    public async Task Export_FormatAndAcceptHeader_ReturnsFormat(string query, string? accept, string format)
    {
        await CreateAsync("a");
        using var response = await SendAsync(query, accept);
        Assert.Multiple(async () =>
        {
            Assert.That(response.Content.Headers.ContentType!.ToString(), Is.EqualTo(format == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson"));
            Assert.That(response.Content.Headers.ContentDisposition!.FileName, Is.EqualTo($"payments.{format}"));
            Assert.That(await response.Content.ReadAsStringAsync(), Does.StartWith(format == "csv" ? "id," : "{\"id\":"));
        });
    }

    [TestCase("", "application/json")]
    [TestCase("", "application/x-ndjson;q=0")]
    [TestCase("&format=csv", "application/x-ndjson")]
    [TestCase("&format=csv", "*/*, text/csv;q=0")]
    [TestCase("&format=ndjson", "text/csv")]
    public async Task Export_AcceptHeaderExcludesFormat_Returns406(string query, string accept)
    {
        using var response = await SendAsync(query, accept);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotAcceptable));
    }

    [Test]
    public async Task Export_Csv_HasColumnForEachMember()
    {
        var id = await CreateAsync("a", ("metadata", "{\"k\":\"1\"}"));
        await PatchAsync(id, "{\"k\":\"2\"}");
        var members = JsonNode.Parse((await ExportAsync("")).Single())!.AsObject().Select(member => member.Key);
        Assert.That((await ExportAsync("&format=csv"))[0].TrimEnd(), Is.EqualTo(string.Join(',', members)));
    }

    [Test]
    public async Task Export_TokenWithoutScope_Returns403()
    {
        using var response = await Service.Client.SendWithTokenAsync(await Service.TokenAsync("payments:write"), HttpMethod.Get, Path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Export_DatabaseFailsDuringExport_NeverEndsNormally()
    {
        var page = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i => await PaymentAsync(await CreateAsync($"{i}"))));
        var payments = new Mock<IPaymentReader>();
        payments.Setup(reader => reader.ListAsync(It.IsAny<PaymentFilter>(), It.IsAny<PageRequest>(), It.IsAny<Func<StoredPayment, System.Range>>(), It.IsAny<CancellationToken>()))
            .Returns((PaymentFilter _, PageRequest request, Func<StoredPayment, System.Range> write, CancellationToken _) => request.Position is null
                ? Task.FromResult(new Page<System.Range>([.. page.Select(write)], request with { Position = new(Instant.OfUtc(Sample.Now.UtcDateTime), 1) }, null))
                : throw new UnavailableException("gone"));
        using var failing = await new PaymentsService(services => services.AddSingleton(payments.Object)).AuthorizedAsync();

        using var response = await failing.Client.GetAsync(Path, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task Export_DatabaseFailsAtStart_Returns503()
    {
        var payments = new Mock<IPaymentReader>();
        payments.Setup(reader => reader.ListAsync(
                It.IsAny<PaymentFilter>(), It.IsAny<PageRequest>(), It.IsAny<Func<StoredPayment, System.Range>>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new UnavailableException("gone"));
        using var failing = await new PaymentsService(services => services.AddSingleton(payments.Object)).AuthorizedAsync();
        using var response = await failing.Client.GetAsync(Path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [TestCase("ndjson", "application/x-ndjson")]
    [TestCase("csv", "text/csv")]
    public async Task Export_ImportedElsewhere_ExportsSameThere(string format, string type)
    {
        using var first = await new PaymentsService().AuthorizedAsync();
        using var second = await new PaymentsService().AuthorizedAsync();
        foreach (var service in (PaymentsService[])[first, second])
        {
            Assert.That((await service.PostAsync("connectors/stripe", $$"""{"name":"main","connectorID":"{{Connector}}"}""")).Status, Is.EqualTo(201));
        }

        await FillAsync(first);

        var exported = await first.Client.GetStringAsync($"{Path}?format={format}");
        var results = await second.ImportAsync(exported, type);
        Assert.That(results.Select(result => (string?)result["outcome"]), Is.EqualTo(Enumerable.Repeat("stored", 11)), string.Join('\n', results.Select(result => result.ToJsonString())));
        Assert.That(await second.Client.GetStringAsync($"{Path}?format={format}"), Is.EqualTo(exported));

        // Importing the lines again changes nothing in either service.
        foreach (var service in (PaymentsService[])[first, second])
        {
            Assert.That((await service.ImportAsync(exported, type)).Select(result => (string?)result["outcome"]), Has.All.EqualTo("replayed"));
            Assert.That(await service.Client.GetStringAsync($"{Path}?format={format}"), Is.EqualTo(exported));
        }

        // In the second service too, the original create is a replay, and other metadata is a conflict.
        Assert.That((await second.PostAsync("payments", Line("edited", 3, ("metadata", "{\"k\":\"1\"}")))).Status, Is.EqualTo(200));
        Assert.That((await second.PostAsync("payments", Line("edited", 3, ("metadata", "{\"k\":\"9\"}")))).Status, Is.EqualTo(409));
    }

    [Test]
    public async Task Export_ImportedWithChangedMember_IsRejectedNamingIt()
    {
        var id = await CreateAsync("a", ("status", "\"PENDING\""));
        await AdjustAsync(Service, id, "r1", "REFUNDED", 30, "2024-05-03T12:00:00Z");
        var line = (await ExportAsync("")).Single();

        Assert.Multiple(async () =>
        {
            // The line contradicts its own adjustments.
            await AssertRejectedAsync(line.Replace("\"amount\":70", "\"amount\":71", StringComparison.Ordinal), "invalid", "amount");
            await AssertRejectedAsync(line.Replace("\"status\":\"REFUNDED\",\"initialAmount\"", "\"status\":\"PENDING\",\"initialAmount\"", StringComparison.Ordinal), "invalid", "status");
            await AssertRejectedAsync(line.Replace("\"initialAmount\":100", "\"initialAmount\":99", StringComparison.Ordinal), "invalid", "initialAmount");
            await AssertRejectedAsync(line.Replace("\"provider\":\"STRIPE\"", "\"provider\":\"WISE\"", StringComparison.Ordinal), "invalid", "provider");
            await AssertRejectedAsync(line.Replace("\"type\":\"PAY-IN\"", "\"type\":\"PAYOUT\"", StringComparison.Ordinal), "invalid", "id");
            await AssertRejectedAsync(line.Replace("\"amount\":30", "\"amount\":101", StringComparison.Ordinal), "invalid", "amount");
            await AssertRejectedAsync(line.Replace("\"reference\":\"r1\"", "\"reference\":\" r1\"", StringComparison.Ordinal), "invalid", "adjustments[0].reference");
            await AssertRejectedAsync(line.Replace("\"adjustments\":[{", "\"adjustments\":[7,{", StringComparison.Ordinal), "invalid", "adjustments");
            await AssertRejectedAsync(line.Replace("\"adjustments\":[{", "\"colour\":1,\"adjustments\":[{", StringComparison.Ordinal), "invalid", "colour");

            // The line contradicts the stored payment.
            await AssertRejectedAsync(
                line.Replace("\"amount\":30", "\"amount\":20", StringComparison.Ordinal).Replace("\"amount\":70", "\"amount\":80", StringComparison.Ordinal),
                "conflict",
                "adjustments[0].amount");
            await AssertRejectedAsync(line.Replace("\"scheme\":\"visa\"", "\"scheme\":\"amex\"", StringComparison.Ordinal), "conflict", "scheme");
        });
    }

    [Test]
    public async Task Export_ImportedAfterPaymentChanged_ChangesNothing()
    {
        var id = await CreateAsync("a", ("metadata", "{\"k\":\"1\"}"));
        var untouched = (await ExportAsync("")).Single();
        await PatchAsync(id, "{\"k\":\"2\"}");
        var edited = (await ExportAsync("")).Single();
        await PatchAsync(id, "{\"k\":\"3\"}");
        await AdjustAsync(Service, id, "r1", "REFUNDED", 30, "2024-05-03T12:00:00Z");
        var now = (await ExportAsync("")).Single();

        // Only the second line has metadata that changed after the create.
        Assert.That((await Service.ImportAsync(untouched)).Select(result => (string?)result["outcome"]), Is.EqualTo((string[])["replayed"]));
        await AssertRejectedAsync(edited, "conflict", "metadata.k");
        Assert.That((await ExportAsync("")).Single(), Is.EqualTo(now));
    }

    [Test]
    public async Task Export_LineLongerThanCreate_CanBeImported()
    {
        using var other = await new PaymentsService().AuthorizedAsync();
        await other.PostAsync("connectors/stripe", $$"""{"name":"main","connectorID":"{{Connector}}"}""");
        var id = await CreateAsync("a", ("raw", $"{{\"x\":\"{new string('x', 250_000)}\"}}"));
        await AdjustAsync(Service, id, "s", "DISPUTE", 1, "2024-05-03T12:00:00Z");
        var line = (await ExportAsync("")).Single();
        Assert.That(line, Has.Length.GreaterThan(500_000));
        Assert.That((await other.ImportAsync(line)).Select(result => (string?)result["outcome"]), Is.EqualTo((string[])["stored"]));
        Assert.That(await other.Client.GetStringAsync(Path), Is.EqualTo($"{line}\n"));
    }

    /// <summary>Creates payments with every value that an export could lose, each with its own createdAt.</summary>
    private async Task FillAsync(PaymentsService service)
    {
        var emoji = string.Concat(Enumerable.Repeat("😀", 1000));
        var special = "a,\"b\" \r\n'c' ; =1+1 \u2028 \u0000 ü 😀";
        string[] requests =
        [
            Line("plain", 0),
            Line(emoji, 1, ("amount", "99999999999999999999999999999999999999")),
            Line("quotes \" , ; 'x' =1+1", 2, ("metadata", JsonSerializer.Serialize(new Dictionary<string, string> { [special] = special, ["empty"] = "" }))),
            Line("edited", 3, ("metadata", "{\"k\":\"1\"}")),
            Line("cleared", 4, ("metadata", "{\"k\":\"1\"}")),
            Line("deep", 5, ("raw", $"{string.Concat(Enumerable.Repeat("{\"d\":", 30))}{{}}{new string('}', 30)}")),
            Line("zero", 6, ("amount", "0"), ("createdAt", "\"2024-05-01T12:00:06.1234567+02:00\"")),
            Line("accounts", 7, ("sourceAccountID", Account("s")), ("destinationAccountID", Account("d"))),
            Line("adjusted", 8, ("status", "\"PENDING\"")),
            Line("lines", 9, ("raw", "{\r\n  \"a\": [\n1]\n}")),
            Line("line feed alone", 10, ("raw", "{\n}")),
        ];
        foreach (var request in requests)
        {
            var (status, body) = await service.PostAsync("payments", request);
            Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        }

        await PatchAsync(Id("edited"), "{\"k\":\"2\",\"new\":\"x\"}", service);
        await PatchAsync(Id("cleared"), "{\"k\":null}", service);
        // Out of order: some before the create, at its createdAt, or at the same createdAt.
        await AdjustAsync(service, Id("adjusted"), "r2", "REFUNDED", 20, "2024-05-03T12:00:00Z");
        await AdjustAsync(service, Id("adjusted"), "adjusted", "SUCCEEDED", 100, "2024-05-02T12:00:00Z", "{ \"spaced\": [1.10, 1e3, \"\\u00fc\"] }");
        await AdjustAsync(service, Id("adjusted"), "early", "OTHER", 100, "2024-04-30T12:00:00Z");
        await AdjustAsync(service, Id("adjusted"), "adjusted", "OTHER", 100, "2024-05-01T12:00:08Z");
        await AdjustAsync(service, Id("adjusted"), "r1", "REFUNDED", 30, "2024-05-03T12:00:00Z");
        await AdjustAsync(service, Id("adjusted"), "r3", "DISPUTE", 100, "2024-05-03T12:00:00Z");

        string Id(string reference) => Sample.Payment(Sample.Value<Domain.Connectors.ConnectorId>(Connector), reference).Id.ToString();

        string Account(string reference) => JsonSerializer.Serialize(
            Sample.Account(Sample.Value<Domain.Connectors.ConnectorId>(Connector), reference).Id.ToString());
    }

    private string Line(string reference, int second, params (string Name, string? Json)[] changes) => Request.Payment(
        Connector,
        [
            ("reference", JsonSerializer.Serialize(reference)),
            ("createdAt", JsonSerializer.Serialize(Sample.Now.AddSeconds(second))),
            .. changes,
        ]);

    private async Task<string> CreateAsync(string reference, params (string Name, string? Json)[] changes)
    {
        var (status, body) = await Service.PostAsync("payments", Line(reference, 0, changes));
        Assert.That(status, Is.EqualTo(200), body.ToJsonString());
        return (string)body["data"]!["id"]!;
    }

    private async Task<StoredPayment> PaymentAsync(string id) =>
        (await Service.Services.GetRequiredService<IPaymentReader>().FindAsync(Sample.Value<PaymentId>(id), default))!;

    private async Task PatchAsync(string id, string metadata, PaymentsService? service = null)
    {
        using var content = new StringContent(metadata, Encoding.UTF8, "application/json");
        using var response = await (service ?? Service).Client.PatchAsync($"api/payments/payments/{id}/metadata", content);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    private static async Task AdjustAsync(
        PaymentsService service, string id, string reference, string status, int amount, string createdAt, string raw = "{\"id\":1}")
    {
        var (code, body) = await service.PostAsync(
            $"payments/{id}/adjustments",
            $$"""{"reference":"{{reference}}","createdAt":"{{createdAt}}","status":"{{status}}","amount":{{amount}},"raw":{{raw}}}""");
        Assert.That(code, Is.EqualTo(200), body.ToJsonString());
    }

    private async Task<string[]> ExportAsync(string query) =>
        (await Service.Client.GetStringAsync($"{Path}?connectorID={Connector}{query}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<HttpResponseMessage> SendAsync(string query, string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}?connectorID={Connector}{query}");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return Service.Client.SendAsync(request);
    }

    private static string Reference(string line) => (string)JsonNode.Parse(line)!["reference"]!;

    private async Task AssertRejectedAsync(string line, string outcome, string field)
    {
        var result = (await Service.ImportAsync(line)).Single();
        Assert.That(
            ((string?)result["outcome"], result["errors"]?.AsObject().Select(error => error.Key).First()),
            Is.EqualTo((outcome, field)),
            result.ToJsonString());
    }
}
