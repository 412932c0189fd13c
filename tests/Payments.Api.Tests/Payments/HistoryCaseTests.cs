using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Api.Tests.Payments;

/// <summary>The cases of the decision on histories, as requests and as import lines, on each database.</summary>
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
        foreach (var step in history.Steps)
        {
            using var response = await SendAsync(step, reference, id);
            if (step.Conflicts.Count > 0)
            {
                var problem = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
                Assert.That((int)response.StatusCode, Is.EqualTo(409), step.Line);
                Assert.That(problem["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo(step.Conflicts), step.Line);
                continue;
            }

            Assert.That(response.IsSuccessStatusCode, Is.True, () => $"{step.Line}: {response.StatusCode}");
            Assert.That(response.Headers.Contains("Idempotent-Replayed"), Is.EqualTo(step.Outcome == "Replayed"), step.Line);
            id ??= (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["data"]!["id"]!;
            AssertMet(step, await GetAsync(_service, id));
        }
    }

    [TestCaseSource(typeof(HistoryCase), nameof(HistoryCase.All))]
    public async Task Import_ExportAfterEachReport_MergesToSamePayment(HistoryCase history)
    {
        var reference = $"{Guid.NewGuid()}";
        string? id = null;
        foreach (var step in history.Steps.Where(step => step.Conflicts.Count == 0))
        {
            using var response = await SendAsync(step, reference, id);
            id ??= (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["data"]!["id"]!;
            var line = await _service.Client.GetStringAsync($"api/payments/payments/export?reference={reference}");
            var outcome = await ImportAsync(_copies, line);
            Assert.That(outcome, Is.EqualTo(step.Outcome == "Replayed" ? "replayed" : "stored"), step.Line);
            AssertMet(step, await GetAsync(_copies, id));
        }

        Assert.That(
            await _copies.Client.GetStringAsync($"api/payments/payments/export?reference={reference}"),
            Is.EqualTo(await _service.Client.GetStringAsync($"api/payments/payments/export?reference={reference}")));
    }

    [TestCaseSource(nameof(OwnReports))]
    public async Task Import_OwnReports_ReturnExpectedOutcomes(HistoryCase history)
    {
        var reference = $"{Guid.NewGuid()}";
        foreach (var step in history.Steps)
        {
            var outcome = await ImportAsync(_service, Body(step, reference));
            Assert.That(outcome, Is.EqualTo(step.Conflicts.Count > 0 ? "conflict" : step.Outcome == "Replayed" ? "replayed" : "stored"), step.Line);
        }
    }

    [Test]
    public async Task List_OnlyRefundReported_MatchesAmountZero()
    {
        var step = HistoryCase.All.Single(history => history.Name.StartsWith("c:", StringComparison.Ordinal)).Steps.Single();
        var reference = $"{Guid.NewGuid()}";
        using var response = await SendAsync(step, reference, null);
        Assert.That(response.IsSuccessStatusCode);
        Assert.That(await CountAsync($"reference={reference}&amountGte=1"), Is.Zero);
        Assert.That(await CountAsync($"reference={reference}&amountLte=0"), Is.EqualTo(1));
    }

    [Test]
    public async Task List_MayPaymentFirstReportedInJune_IsListedInMay()
    {
        var history = HistoryCase.All.Single(one => one.Name.EndsWith("first reported in June", StringComparison.Ordinal));
        var reference = $"{Guid.NewGuid()}";
        foreach (var step in history.Steps)
        {
            using var response = await SendAsync(step, reference, null);
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

        // walk-8, walk-7 and walk-6 are shown, and then walk-8 moves to the end.
        var first = await PageAsync($"connectorID={connector}&pageSize=3");
        await ReportAsync("walk-8", -1, "PENDING");
        var shown = first.References.ToList();
        for (var cursor = first.Next; cursor is not null;)
        {
            var page = await PageAsync($"cursor={cursor}");
            shown.AddRange(page.References);
            cursor = page.Next;
        }

        Assert.That(shown, Is.EqualTo(references.Reverse().Append("walk-8")));

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

        // An export, newest first, was interrupted after export-2. Then export-2 moved behind export-0.
        await _service.PostAsync("payments", Request.Payment(connector, ("reference", "\"export-2\""), ("status", "\"PENDING\""), ("createdAt", "\"2024-04-01T00:00:00Z\"")));
        var address = $"api/payments/payments/export?connectorID={connector}&after={ids[2]}";
        using var refused = await _service.Client.GetAsync(address);
        var problem = (await refused.Content.ReadFromJsonAsync<JsonNode>())!;
        var rest = await _service.Client.GetStringAsync($"{address}&afterCreatedAt=2024-05-03T00:00:00Z");
        Assert.Multiple(() =>
        {
            Assert.That((int)refused.StatusCode, Is.EqualTo(409));
            Assert.That(problem["errors"]!.AsObject().Select(error => error.Key), Is.EqualTo((string[])["afterCreatedAt"]));
            Assert.That(
                rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["reference"]!),
                Is.EqualTo((string[])["export-1", "export-0", "export-2"]));
        });
    }

    private static IEnumerable<HistoryCase> OwnReports() => HistoryCase.All.Where(history => history.Steps.All(step => step is { Reference: null, Status.Length: > 0 }));

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

    private Task<HttpResponseMessage> SendAsync(HistoryStep step, string reference, string? id) =>
        step.Status.Length == 0 ? _service.Client.PatchAsJsonAsync($"api/payments/payments/{id}/metadata", step.Metadata)
        : step.Reference is null ? _service.SendAsync("payments", Body(step, reference))
        : _service.SendAsync($"payments/{id}/adjustments", JsonSerializer.Serialize(new
        {
            reference = step.Reference,
            createdAt = step.CreatedAt,
            status = step.Status,
            amount = int.Parse(step.Amount, System.Globalization.CultureInfo.InvariantCulture),
        }));

    private string Body(HistoryStep step, string reference) => Request.Payment(
        _connector,
        ("reference", $"\"{reference}\""),
        ("createdAt", JsonSerializer.Serialize(step.CreatedAt)),
        ("amount", step.Amount),
        ("status", $"\"{step.Status}\""),
        ("scheme", $"\"{step.Values.GetValueOrDefault("scheme", "visa")}\""),
        ("sourceAccountID", Account(step.Values.GetValueOrDefault("source"))),
        ("destinationAccountID", Account(step.Values.GetValueOrDefault("destination"))),
        ("metadata", step.Metadata.Count == 0 ? null : JsonSerializer.Serialize(step.Metadata)));

    private string? Account(string? reference) => reference is null
        ? null
        : JsonSerializer.Serialize(new Domain.Accounts.AccountId(
            Sample.Value<Domain.Connectors.ConnectorId>(_connector), Sample.Value<Domain.Accounts.AccountReference>(reference)).ToString());

    private void AssertMet(HistoryStep step, JsonNode payment)
    {
        var expected = step.Expected;
        Assert.That(
            ((string)payment["status"]!, payment["initialAmount"]!.ToJsonString(), payment["amount"]!.ToJsonString(), (DateTimeOffset)payment["createdAt"]!),
            Is.EqualTo((expected.Status, expected.InitialAmount, expected.Amount, Sample.Now.AddSeconds(expected.CreatedAt))),
            step.Line);
        foreach (var (name, value) in step.ExpectedValues)
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
                step.Line);
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

    private static async Task<string> ImportAsync(PaymentsService service, string line)
    {
        using var body = new StringContent(line, Encoding.UTF8);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await service.Client.PostAsync("api/payments/payments/import", body);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["outcome"]!;
    }
}
