using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Payments.Providers.Tests.Adyen;
using Payments.Providers.Tests.Stripe;

namespace Payments.Providers.Tests.Stories;

/// <summary>The stories through two processes of the service on one SQLite file, in random orders and with repetitions.</summary>
public sealed class ServiceStoryTests
{
    private const string AdyenSettings = $$"""{"hmacKey":"{{AdyenTest.Key}}","webhookUsername":"{{AdyenTest.User}}","webhookPassword":"{{AdyenTest.Password}}"}""";
    private const string StripeSettings = $$"""{"webhookSecret":"{{StripeTest.Secret}}"}""";
    private const int Orders = 2;
    private const int ReportOrders = 12;
    private const int Concurrent = 8;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private ServiceProcess[] _processes = [];
    private HttpClient[] _clients = [];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        // Every story has the limit of a burst, and both processes have the same key.
        _processes = [new ServiceProcess(_folder.Path, []), new ServiceProcess(_folder.Path, [])];
        _clients = await Task.WhenAll(_processes.Select(process => process.ReadyAsync()));
    }

    [OneTimeTearDown]
    public void Stop()
    {
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        _folder.Dispose();
    }

    [Test]
    public async Task Events_RandomOrdersThroughTwoProcesses_EndInOneState()
    {
        var plays = from order in Enumerable.Range(0, Orders)
                    from story in StripeStoryTests.Stories.Select(story => (story, "stripe", StripeSettings))
                        .Concat(AdyenStoryTests.AutomaticStories.Select(story => (story, "adyen", AdyenSettings)))
                        .Concat(AdyenStoryTests.ManualStories.Select(story => (story, "adyen", AdyenSettings.Replace("{\"hmac", "{\"capture\":\"manual\",\"hmac", StringComparison.Ordinal))))
                    select (Story: story.Item1, Provider: story.Item2, Settings: story.Item3, Seed: order);
        var faults = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var played = 0;
        await Parallel.ForEachAsync(plays, new ParallelOptions { MaxDegreeOfParallelism = Concurrent }, async (play, stop) =>
        {
            if (await PlayAsync(play.Story, play.Provider, play.Settings, play.Seed) is { } fault)
            {
                faults.Enqueue($"{play.Provider}, {play.Story}, seed {play.Seed}: {fault}");
            }

            Interlocked.Increment(ref played);
        });
        Assert.That(faults, Is.Empty, () => string.Join("\n\n", faults));
        Assert.That(played, Is.GreaterThan(60));
    }

    private async Task<string?> PlayAsync(Story story, string provider, string settings, int seed)
    {
        var random = new Random(seed);
        var connector = await _clients[0].InstallWithSettingsAsync(provider, settings);
        string[] order = [.. story.Events, .. story.Events.Where(_ => random.Next(2) == 0)];
        random.Shuffle(order);
        // Three at the same time, each through either process.
        foreach (var some in order.Chunk(3))
        {
            var statuses = await Task.WhenAll(some.Select(body => SendAsync(_clients[random.Next(2)], provider, connector, body)));
            if (statuses.Any(status => status != 200))
            {
                return $"a response is {string.Join(' ', statuses)}";
            }
        }

        var (fault, entries) = await EndAsync(provider, connector, story.Expected);
        return fault is not null ? $"{string.Join(' ', order)}\n{fault}"
            : entries == story.Events.Distinct().Count() ? null : $"the inbox has {entries} entries";
    }

    // A line is rejected while its payment is not recorded, so the report is imported again at the end, as the documentation says.
    [Test]
    public async Task ReportLinesAndEvents_RandomOrders_EndInOneState([Range(1, ReportOrders)] int seed, [Values("stripe", "adyen")] string provider)
    {
        var random = new Random(seed);
        var (story, settings) = provider == "stripe" ? (StripeBalanceReportTests.Story, StripeSettings) : (AdyenSettlementReportTests.Story, AdyenSettings);
        var connector = await _clients[0].InstallWithSettingsAsync(provider, settings);
        var lines = story.Report.Skip(1).ToArray();
        (string Text, bool IsEvent)[] steps = [.. story.Events.Select(body => (body, true)), .. lines.Select(line => (line, false))];
        random.Shuffle(steps);
        foreach (var (text, isEvent) in steps)
        {
            if (isEvent)
            {
                Assert.That(await SendAsync(_clients[random.Next(2)], provider, connector, text), Is.EqualTo(200));
            }
            else
            {
                await ImportAsync(text);
            }
        }

        await ImportAsync(lines);
        var again = await ImportAsync(lines);
        Assert.That(again.Except(["replayed", "skipped"]), Is.Empty);
        var (fault, entries) = await EndAsync(provider, connector, [story.Expected]);
        Assert.That(fault, Is.Null, () => string.Join('\n', steps.Select(step => step.Text)));
        Assert.That(entries, Is.EqualTo(story.Events.Count));

        async Task<List<string>> ImportAsync(params string[] some)
        {
            var client = _clients[random.Next(2)];
            using var response = await client.PostAsync(
                $"api/payments/payments/import?format={story.Format}&connectorID={connector}", new StringContent(string.Join('\n', some.Prepend(story.Report[0])), Encoding.UTF8, "text/csv"));
            var results = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
            Assert.That(results, Has.Count.EqualTo(some.Length));
            Assert.That(results.Where(result => (string)result["outcome"]! == "invalid").Select(result => (string)result["errorCode"]!), Has.All.EqualTo("NOT_FOUND"));
            return [.. results.Select(result => (string)result["outcome"]!)];
        }
    }

    /// <summary>Waits until the payments are as expected and every event is applied; returns what differs, and the number of entries in the inbox.</summary>
    private async Task<(string? Fault, int Entries)> EndAsync(string provider, string connector, IReadOnlyList<string> expected)
    {
        var state = "";
        for (var began = System.Diagnostics.Stopwatch.StartNew(); began.Elapsed < Limit; await Task.Delay(100))
        {
            var inbox = await ListAsync($"connectors/{provider}/{connector}/inbox");
            var open = inbox.Where(entry => (string)entry!["state"]! is not ("applied" or "ignored")).Select(entry => $"{entry!["kind"]} {entry["state"]} {entry["reason"]}");
            var payments = (await ListAsync($"payments?connectorID={connector}&sort=createdAt:asc")).Select(payment => Text(payment!)).Order(StringComparer.Ordinal).ToList();
            state = string.Join('\n', [.. payments, .. open]);
            if (state == string.Join('\n', expected))
            {
                return (null, inbox.Count);
            }
        }

        return ($"is\n{state}\ninstead of\n{string.Join('\n', expected)}", 0);
    }

    private static async Task<int> SendAsync(HttpClient client, string provider, string connector, string body)
    {
        using var response = provider == "stripe"
            ? await client.PostStripeEventAsync(connector, body, SignedEvents.StripeSignature(body, StripeTest.Secret))
            : await client.PostAdyenEventsAsync(connector, AdyenTest.Batch(body), $"{AdyenTest.User}:{AdyenTest.Password}");
        return (int)response.StatusCode;
    }

    private async Task<JsonArray> ListAsync(string path) =>
        (await _clients[1].GetFromJsonAsync<JsonObject>($"api/payments/{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}pageSize=100"))!["cursor"]!["data"]!.AsArray();

    // As MemoryInbox writes it.
    private static string Text(JsonNode payment)
    {
        var seconds = (DateTimeOffset.Parse((string)payment["createdAt"]!, CultureInfo.InvariantCulture) - Sample.Now).TotalSeconds;
        var metadata = payment["metadata"]!.AsObject().OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={entry.Value}");
        return $"{payment["reference"]} {payment["type"]} {payment["status"]} {payment["initialAmount"]} {payment["amount"]} {payment["asset"]} {payment["scheme"]} @{seconds} {string.Join(' ', metadata)}".Trim();
    }
}
