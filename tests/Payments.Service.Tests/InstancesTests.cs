using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Payments.Service.Tests;

/// <summary>Two services that start at the same moment on one empty database and share it from then on.</summary>
[TestFixture("Sqlite")]
[TestFixture("SqlServer")]
public sealed class InstancesTests(string provider)
{
    private const int AtOnce = 20;

    private TemporaryFolder _folder = null!;
    private NewSqlServerDatabase? _database;
    private (string Key, string Value)[] _settings = [];
    private ServiceProcess[] _processes = [];
    private HttpClient[] _clients = [];
    private string _connector = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        if (provider == "SqlServer")
        {
            if (NewSqlServerDatabase.Server is null)
            {
                Assert.Ignore(NewSqlServerDatabase.Missing);
            }

            _database = new NewSqlServerDatabase();
            _settings = [("Database__Provider", provider), ("Database__ConnectionString", _database.ConnectionString)];
        }

        _processes = [new ServiceProcess(_folder.Path, _settings), new ServiceProcess(_folder.Path, _settings)];
        _clients = await Task.WhenAll(_processes.Select(process => process.ReadyAsync()));
        _connector = await _clients[0].InstallConnectorAsync();
    }

    [OneTimeTearDown]
    public void Stop()
    {
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        _database?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Start_BothOnEmptyDatabase_ApplySchemaOnceAndCreateOneKey()
    {
        var lines = _processes.Select(process => process.StartupLines.Single(line => line.Contains("schema ", StringComparison.Ordinal))).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(lines.Count(line => line.Contains("schema created", StringComparison.Ordinal)), Is.EqualTo(1), () => string.Join('\n', lines));
            Assert.That(Directory.GetFiles(Path.Combine(_folder.Path, "data"), "signing-key*").Select(Path.GetFileName), Is.EqualTo((string[])["signing-key.pem"]));
        });
    }

    [Test]
    public async Task Token_FromOneInstance_IsAcceptedByTheOther()
    {
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/payments/connectors");
            request.Headers.Authorization = _clients[1 - i].DefaultRequestHeaders.Authorization;
            using var client = new HttpClient { BaseAddress = _clients[i].BaseAddress };
            using var response = await client.SendAsync(request);
            Assert.That((int)response.StatusCode, Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Install_OneNameThroughBoth_InstallsOneConnector()
    {
        var name = Guid.NewGuid().ToString();
        var answers = await AtOnceAsync((client, _) => PostAsync(client, "connectors/stripe", $$"""{"name":"{{name}}"}"""));
        Assert.That(answers.Select(answer => answer.Status).Order(), Is.EqualTo((int[])[201, .. Enumerable.Repeat(409, AtOnce - 1)]));
    }

    [Test]
    public async Task Create_OnePaymentThroughBoth_StoresOneAndReturns200ToAll()
    {
        var payment = Request.Payment(_connector, ("reference", Text(Guid.NewGuid())));
        var answers = await AtOnceAsync((client, _) => PostAsync(client, "payments", payment));
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(200));
            Assert.That(answers.Count(answer => !answer.Replayed), Is.EqualTo(1));
            Assert.That(answers.Select(answer => answer.Body).Distinct().Count(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Adjust_OnePaymentThroughBoth_RecordsEachAdjustmentOnce()
    {
        var id = await CreateAsync();
        var answers = await AtOnceAsync((client, i) => PostAsync(
            client, $"payments/{id}/adjustments", $$"""{"reference":"refund-{{i / 2}}","createdAt":"2024-05-02T12:00:00Z","status":"REFUNDED","amount":1}"""));
        var stored = await GetAsync(id);
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(200));
            Assert.That(answers.Count(answer => answer.Replayed), Is.EqualTo(AtOnce / 2), "each came through both");
            Assert.That((int)stored["amount"]!, Is.EqualTo(100 - (AtOnce / 2)));
            Assert.That(stored["adjustments"]!.AsArray(), Has.Count.EqualTo(1 + (AtOnce / 2)));
        });
    }

    [Test]
    public async Task Patch_OnePaymentThroughBoth_LosesNoEntry()
    {
        var id = await CreateAsync();
        var answers = await AtOnceAsync(async (client, i) =>
        {
            using var response = await client.PatchAsync($"api/payments/payments/{id}/metadata", new StringContent($$"""{"key-{{i}}":"1"}""", Encoding.UTF8, "application/json"));
            return (int)response.StatusCode;
        });
        Assert.That(answers, Is.All.EqualTo(204));
        Assert.That((await GetAsync(id))["metadata"]!.AsObject(), Has.Count.EqualTo(AtOnce));
    }

    [Test]
    public async Task Uninstall_CreateThroughOther_NeverLeavesPaymentWithoutConnector()
    {
        for (var i = 0; i < 5; i++)
        {
            var connector = await _clients[0].InstallConnectorAsync();
            var creating = PostAsync(_clients[0], "payments", Request.Payment(connector, ("reference", Text(i))));
            using var uninstalled = await _clients[1].DeleteAsync($"api/payments/connectors/stripe/{connector}");
            Assert.That(((await creating).Status, (int)uninstalled.StatusCode), Is.EqualTo((200, 409)).Or.EqualTo((400, 204)));
        }
    }

    [Test]
    public async Task Import_DuringCreatesThroughBoth_RecordsEachPaymentOnce()
    {
        const int Count = 400;
        var run = Guid.NewGuid();
        var lines = Enumerable.Range(0, Count).Select(i => Request.Payment(_connector, ("reference", Text($"{run}-{i}")))).ToList();
        using var import = new ServiceProcess(_folder.Path, _settings, "import", "-");
        await import.Input.WriteAsync(string.Join('\n', lines));
        import.Input.Close();
        var next = -1;
        var stored = 0;
        await AtOnceAsync(async (client, _) =>
        {
            while (Interlocked.Increment(ref next) is var i && i < Count)
            {
                var (status, replayed, body) = await PostAsync(client, "payments", lines[i]);
                Assert.That(status, Is.EqualTo(200), body);
                Interlocked.Add(ref stored, replayed ? 0 : 1);
            }

            return 0;
        });
        var (code, _, errors) = import.Exited();
        Assert.That(code, Is.Zero, errors);
        Assert.That(errors, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"stored {Count - stored}, replayed {stored}, ")));
    }

    // Eight writers, an import by a third process, and one reader that began before them.
    [Test]
    public async Task Feed_DuringWritesOfAllProcesses_HasEachChangeOnceAndInOrder()
    {
        const int Writers = 8;
        const int PaymentsOfEach = 12;
        const int Imported = 300;
        var run = Guid.NewGuid();
        var start = await EndOfFeedAsync();
        var written = new TaskCompletionSource();
        var reading = Task.Run(() => ReadFeedAsync(start, written.Task));
        using var import = new ServiceProcess(_folder.Path, _settings, "import", "-");
        var importing = Task.Run(async () =>
        {
            for (var i = 0; i < Imported; i++)
            {
                await import.Input.WriteLineAsync(Request.Payment(_connector, ("reference", Text($"{run}-imported-{i}"))));
                await Task.Delay(Random.Shared.Next(10));
            }

            import.Input.Close();
        });
        var changes = new ConcurrentDictionary<string, List<string>>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))));
        await importing;
        var (code, _, errors) = import.Exited();
        Assert.That(code, Is.Zero, errors);
        written.SetResult();
        var events = await reading;

        Assert.That(events.Select(e => (string?)e["id"]), Is.EqualTo(Enumerable.Range(1, events.Count).Select(i => $"{start + i}")), "positions without gaps, in the order of reading");
        var recorded = events.GroupBy(e => (string)e["subject"]!).ToDictionary(payment => payment.Key, payment => payment.Select(Change).ToList());
        var imported = recorded.Where(payment => payment.Value is ["created"] && !changes.ContainsKey(payment.Key)).ToList();
        Assert.That(imported, Has.Count.EqualTo(Imported));
        Assert.That(recorded.Except(imported).ToDictionary().OrderBy(payment => payment.Key), Is.EqualTo(changes.OrderBy(payment => payment.Key)));
        Assert.That(events.Select(e => e.ToJsonString()), Is.EqualTo((await ReadFeedAsync(start, written.Task)).Select(e => e.ToJsonString())), "the same from the start");

        // Every other request through the other service. Some are sent through both at the same time.
        async Task WriteAsync(int writer)
        {
            var random = new Random(writer);
            for (var number = 0; number < PaymentsOfEach; number++)
            {
                var payment = Request.Payment(_connector, ("reference", Text($"{run}-{writer}-{number}")));
                var created = await Task.WhenAll(Enumerable.Range(0, 1 + random.Next(2)).Select(i => PostAsync(_clients[(writer + i) % 2], "payments", payment)));
                Assert.That(created.Select(response => (response.Status, response.Replayed)).Count(response => response == (200, false)), Is.EqualTo(1), created[0].Body);
                var id = (string)JsonNode.Parse(created[0].Body)!["data"]!["id"]!;
                var expected = changes[id] = ["created"];
                for (var i = 0; i < 6; i++)
                {
                    await Task.Delay(random.Next(20));
                    var client = _clients[random.Next(2)];
                    if (random.Next(2) == 0)
                    {
                        using var patched = await client.PatchAsync($"api/payments/payments/{id}/metadata", new StringContent($$"""{"key":"{{i}}"}""", Encoding.UTF8, "application/json"));
                        Assert.That((int)patched.StatusCode, Is.EqualTo(204));
                        expected.Add($"updated {i}");
                    }
                    else
                    {
                        var (status, _, body) = await PostAsync(client, $"payments/{id}/adjustments", $$"""{"reference":"refund-{{i}}","createdAt":"2024-05-02T12:00:00Z","status":"REFUNDED","amount":1}""");
                        Assert.That(status, Is.EqualTo(200), body);
                        expected.Add($"adjusted refund-{i}");
                    }
                }
            }
        }

        static string Change(JsonNode e) => (string)e["type"]! switch
        {
            "payment.created" => "created",
            "payment.adjusted" => $"adjusted {e["data"]!["adjustment"]!["reference"]}",
            "payment.updated" => $"updated {e["data"]!["changes"]!["metadata.key"]!["to"]}",
            var other => other,
        };
    }

    private async Task<long> EndOfFeedAsync()
    {
        using var response = await _clients[0].GetAsync("api/payments/events?type=webhook.disabled");
        return long.Parse(response.Headers.GetValues("Payments-Position").Single(), CultureInfo.InvariantCulture);
    }

    /// <summary>Reads through both services in turn until all is written and a long poll finds nothing more. On SQL Server, an event can be read when it has its position.</summary>
    private async Task<List<JsonNode>> ReadFeedAsync(long after, Task written)
    {
        var events = new List<JsonNode>();
        for (var turn = 0; ; turn++)
        {
            var isLast = written.IsCompleted;
            using var response = await _clients[turn % 2].GetAsync($"api/payments/events?after={after}&limit=50&timeout=1");
            var body = await response.Content.ReadAsStringAsync();
            Assert.That((int)response.StatusCode, Is.EqualTo(200), body);
            var page = JsonNode.Parse(body)!.AsArray();
            events.AddRange(page.Select(e => e!));
            after = long.Parse(response.Headers.GetValues("Payments-Position").Single(), CultureInfo.InvariantCulture);
            if (isLast && page.Count == 0)
            {
                return events;
            }
        }
    }

    private static string Text(object value) => JsonSerializer.Serialize($"{value}");

    private static async Task<(int Status, bool Replayed, string Body)> PostAsync(HttpClient client, string path, string json)
    {
        using var response = await client.PostJsonAsync(path, json);
        return ((int)response.StatusCode, response.Headers.Contains("Idempotent-Replayed"), await response.Content.ReadAsStringAsync());
    }

    // Every other one through the other service.
    private async Task<T[]> AtOnceAsync<T>(Func<HttpClient, int, Task<T>> send) =>
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => Task.Run(() => send(_clients[i % _clients.Length], i))));

    private async Task<string> CreateAsync()
    {
        var (status, _, body) = await PostAsync(_clients[0], "payments", Request.Payment(_connector, ("reference", Text(Guid.NewGuid()))));
        Assert.That(status, Is.EqualTo(200), body);
        return (string)JsonNode.Parse(body)!["data"]!["id"]!;
    }

    private async Task<JsonNode> GetAsync(string id) => (await _clients[1].GetFromJsonAsync<JsonNode>($"api/payments/payments/{id}"))!["data"]!;
}
