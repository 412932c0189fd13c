using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Payments;

/// <summary>The cases of histories as requests and as import lines, on each database.</summary>
[TestFixture("Sqlite")]
[TestFixture("SqlServer")]
public sealed class HistoryCaseTests(string provider)
{
    private readonly List<IDisposable> _owned = [];
    private PaymentsService _service = null!;
    private PaymentsService _copies = null!;
    private string _connector = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _service = await StartServiceAsync();
        _copies = await StartServiceAsync();
        _connector = await _service.InstallAsync();
        await _copies.PostAsync("connectors/stripe", $$"""{"name":"copies","connectorID":"{{_connector}}"}""");
    }

    [OneTimeTearDown]
    public void Stop() => _owned.AsEnumerable().Reverse().ToList().ForEach(owned => owned.Dispose());

    [TestCaseSource(typeof(HistoryCase), nameof(HistoryCase.All))]
    public async Task Requests_HistoryCase_ReturnExpectedPayments(HistoryCase history)
    {
        var reference = $"{Guid.NewGuid()}";
        string? id = null;
        foreach (var report in history.Reports)
        {
            using var response = await SendAsync(report, reference, id);
            if (report.Conflicts.Count > 0)
            {
                var problem = await response.JsonAsync();
                Assert.That((int)response.StatusCode, Is.EqualTo(409), report.Line);
                Assert.That(problem.Fields(), Is.EqualTo(report.Conflicts), report.Line);
                continue;
            }

            Assert.That(response.IsSuccessStatusCode, Is.True, () => $"{report.Line}: {response.StatusCode}");
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.EqualTo(report.Outcome == "Replayed"), report.Line);
            id ??= (string)(await response.JsonAsync())["data"]!["id"]!;
            AssertMatches(report, await GetAsync(_service, id));
            // A write returns the payment that it derived, a read what is stored.
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var written = await response.Content.ReadAsStringAsync();
                var payment = written["{'data':".Length..^1];
                Assert.That(await _service.Client.GetStringAsync($"api/payments/payments/{id}"), Is.EqualTo(written), report.Line);
                Assert.That(
                    await _service.Client.GetStringAsync($"api/payments/payments?reference={reference}"),
                    Is.EqualTo($$$"""{"cursor":{"pageSize":15,"hasMore":false,"data":[{{{payment}}}]}}"""),
                    report.Line);
            }
        }
    }

    [TestCaseSource(typeof(HistoryCase), nameof(HistoryCase.All))]
    public async Task Import_ExportAfterEachReport_MergesToSamePayment(HistoryCase history)
    {
        var reference = $"{Guid.NewGuid()}";
        string? id = null;
        foreach (var report in history.Reports.Where(report => report.Conflicts.Count == 0))
        {
            using var response = await SendAsync(report, reference, id);
            id ??= (string)(await response.JsonAsync())["data"]!["id"]!;
            var line = await _service.Client.GetStringAsync($"api/payments/payments/export?reference={reference}");
            var outcome = await ImportAsync(_copies, line);
            Assert.That(outcome, Is.EqualTo(report.Outcome == "Replayed" ? "replayed" : "stored"), report.Line);
            AssertMatches(report, await GetAsync(_copies, id));
        }

        Assert.That(
            await _copies.Client.GetStringAsync($"api/payments/payments/export?reference={reference}"),
            Is.EqualTo(await _service.Client.GetStringAsync($"api/payments/payments/export?reference={reference}")));
    }

    [TestCaseSource(nameof(OwnReports))]
    public async Task Import_OwnReports_ReturnExpectedOutcomes(HistoryCase history)
    {
        var reference = $"{Guid.NewGuid()}";
        foreach (var report in history.Reports)
        {
            var outcome = await ImportAsync(_service, Body(report, reference));
            Assert.That(outcome, Is.EqualTo(report.Conflicts.Count > 0 ? "conflict" : report.Outcome == "Replayed" ? "replayed" : "stored"), report.Line);
        }
    }

    [Test]
    public async Task List_OnlyRefundReported_MatchesAmountZero()
    {
        var report = HistoryCase.All.Single(history => history.Name.StartsWith("c:", StringComparison.Ordinal)).Reports.Single();
        var reference = $"{Guid.NewGuid()}";
        using var response = await SendAsync(report, reference, null);
        Assert.That(response.IsSuccessStatusCode);
        Assert.That(await CountAsync($"reference={reference}&amountGte=1"), Is.Zero);
        Assert.That(await CountAsync($"reference={reference}&amountLte=0"), Is.EqualTo(1));
    }

    [Test]
    public async Task List_MayPaymentFirstReportedInJune_IsListedInMay()
    {
        var history = HistoryCase.All.Single(history => history.Name.EndsWith("first reported in June", StringComparison.Ordinal));
        var reference = $"{Guid.NewGuid()}";
        foreach (var report in history.Reports)
        {
            using var response = await SendAsync(report, reference, null);
        }

        Assert.That(await CountAsync($"reference={reference}&createdAtTo=2024-05-02T00:00:00Z"), Is.EqualTo(1));
        Assert.That(await CountAsync($"reference={reference}&createdAtFrom=2024-06-01T00:00:00Z"), Is.Zero);
    }

    [Test]
    public async Task List_PaymentMovesDuringPaging_ReturnsEveryPayment()
    {
        var connector = await _service.InstallAsync();
        var references = Enumerable.Range(0, 9).Select(i => $"walk-{i}").ToArray();
        foreach (var (reference, i) in references.Select((reference, i) => (reference, i)))
        {
            await ReportAsync(reference, i, "SUCCEEDED");
        }

        // After the first page, which has walk-8, walk-7 and walk-6, walk-8 moves to the end.
        var first = await PageAsync($"connectorID={connector}&pageSize=3");
        await ReportAsync("walk-8", -1, "PENDING");
        var listed = first.References.ToList();
        for (var cursor = first.Next; cursor is not null;)
        {
            var page = await PageAsync($"cursor={cursor}");
            listed.AddRange(page.References);
            cursor = page.Next;
        }

        Assert.That(listed, Is.EqualTo(references.Reverse().Append("walk-8")));

        async Task ReportAsync(string reference, int minutes, string status)
        {
            var (code, _) = await _service.PostAsync("payments", Request.Payment(
                connector, ("reference", $"\"{reference}\""), ("status", $"\"{status}\""), ("createdAt", $"\"{Sample.Now.AddMinutes(minutes):yyyy-MM-ddTHH:mm:ssZ}\"")));
            Assert.That(code, Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Export_AfterMovedPayment_RequiresAfterCreatedAt()
    {
        var connector = await _service.InstallAsync();
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((string)(await _service.PostAsync("payments", Request.Payment(
                connector, ("reference", $"\"export-{i}\""), ("status", "\"SUCCEEDED\""), ("createdAt", $"\"2024-05-0{i + 1}T00:00:00Z\"")))).Body["data"]!["id"]!);
        }

        // The export was interrupted after export-2. Then export-2 moved after export-0.
        await _service.PostAsync("payments", Request.Payment(connector, ("reference", "\"export-2\""), ("status", "\"PENDING\""), ("createdAt", "\"2024-04-01T00:00:00Z\"")));
        var address = $"api/payments/payments/export?connectorID={connector}&after={ids[2]}";
        using var rejected = await _service.Client.GetAsync(address);
        var problem = await rejected.JsonAsync();
        var rest = await _service.Client.GetStringAsync($"{address}&afterCreatedAt=2024-05-03T00:00:00Z");
        Assert.Multiple(() =>
        {
            Assert.That((int)rejected.StatusCode, Is.EqualTo(409));
            Assert.That(problem.Fields(), Is.EqualTo((string[])["afterCreatedAt"]));
            Assert.That(
                rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["reference"]!),
                Is.EqualTo((string[])["export-1", "export-0", "export-2"]));
        });
    }

    private static IEnumerable<HistoryCase> OwnReports() => HistoryCase.All.Where(history => history.Reports.All(report => report is { Reference: null, Status.Length: > 0 }));

    private async Task<PaymentsService> StartServiceAsync()
    {
        if (provider == "Sqlite")
        {
            return await Own(new PaymentsService()).AuthorizedAsync();
        }

        if (NewSqlServerDatabase.Server is null)
        {
            Assert.Ignore(NewSqlServerDatabase.Missing);
        }

        var database = Own(new NewSqlServerDatabase());
        return await Own(new PaymentsService(("Database:Provider", "SqlServer"), ("Database:ConnectionString", database.ConnectionString))).AuthorizedAsync();
    }

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    private Task<HttpResponseMessage> SendAsync(HistoryReport report, string reference, string? id) =>
        report.Status.Length == 0 ? _service.Client.PatchAsJsonAsync($"api/payments/payments/{id}/metadata", report.Metadata)
        : report.Reference is null ? _service.SendAsync("payments", Body(report, reference))
        : _service.SendAsync($"payments/{id}/adjustments", JsonSerializer.Serialize(new
        {
            reference = report.Reference,
            createdAt = report.CreatedAt,
            status = report.Status,
            amount = int.Parse(report.Amount, System.Globalization.CultureInfo.InvariantCulture),
        }));

    private string Body(HistoryReport report, string reference) => Request.Payment(
        _connector,
        ("reference", $"\"{reference}\""),
        ("createdAt", JsonSerializer.Serialize(report.CreatedAt)),
        ("amount", report.Amount),
        ("status", $"\"{report.Status}\""),
        ("scheme", $"\"{report.Values.GetValueOrDefault("scheme", "visa")}\""),
        ("sourceAccountID", Account(report.Values.GetValueOrDefault("source"))),
        ("destinationAccountID", Account(report.Values.GetValueOrDefault("destination"))),
        ("metadata", report.Metadata.Count == 0 ? null : JsonSerializer.Serialize(report.Metadata)));

    private string? Account(string? reference) => reference is null
        ? null
        : JsonSerializer.Serialize(Sample.Account(Sample.Value<Domain.Connectors.ConnectorId>(_connector), reference).Id.ToString());

    private void AssertMatches(HistoryReport report, JsonNode payment)
    {
        var expected = report.Expected;
        Assert.That(
            ((string)payment["status"]!, payment["initialAmount"]!.ToJsonString(), payment["amount"]!.ToJsonString(), (DateTimeOffset)payment["createdAt"]!),
            Is.EqualTo((expected.Status, expected.InitialAmount, expected.Amount, Sample.Now.AddSeconds(expected.CreatedAt))),
            report.Line);
        foreach (var (name, value) in report.ExpectedValues)
        {
            Assert.That(
                name switch
                {
                    "scheme" => (string?)payment["scheme"],
                    "source" => (string?)payment["sourceAccountID"],
                    "destination" => (string?)payment["destinationAccountID"],
                    _ => (string?)payment["metadata"]![name["metadata:".Length..]],
                },
                Is.EqualTo(name is "source" or "destination" ? JsonSerializer.Deserialize<string>(Account(value)!) : value),
                report.Line);
        }
    }

    private static async Task<JsonNode> GetAsync(PaymentsService service, string id) =>
        (await service.Client.GetFromJsonAsync<JsonNode>($"api/payments/payments/{id}"))!["data"]!;

    private async Task<int> CountAsync(string query) =>
        (await _service.Client.GetFromJsonAsync<JsonNode>($"api/payments/payments?{query}"))!["cursor"]!["data"]!.AsArray().Count;

    private async Task<(IReadOnlyList<string> References, string? Next)> PageAsync(string query)
    {
        var cursor = (await _service.Client.GetFromJsonAsync<JsonNode>($"api/payments/payments?{query}"))!["cursor"]!;
        return ([.. cursor["data"]!.AsArray().Select(payment => (string)payment!["reference"]!)], (string?)cursor["next"]);
    }

    private static async Task<string?> ImportAsync(PaymentsService service, string line) => (string?)(await service.ImportAsync(line)).Single()["outcome"];
}
