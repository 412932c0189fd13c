using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Payments.Providers.Tests.Adyen;
using Payments.Providers.Tests.Stripe;

namespace Payments.Providers.Tests.Stories;

/// <summary>The stories through two processes of the service on one SQLite file, in random orders and with repetitions.</summary>
public sealed class ServiceStoryTests
{
    private const int Orders = 2;
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
        const string Adyen = $$"""{"hmacKey":"{{AdyenTest.Key}}","webhookUsername":"{{AdyenTest.User}}","webhookPassword":"{{AdyenTest.Password}}"}""";
        var plays = from order in Enumerable.Range(0, Orders)
                    from story in StripeStoryTests.Stories.Select(story => (story, "stripe", $$"""{"webhookSecret":"{{StripeTest.Secret}}"}"""))
                        .Concat(AdyenStoryTests.AutomaticStories.Select(story => (story, "adyen", Adyen)))
                        .Concat(AdyenStoryTests.ManualStories.Select(story => (story, "adyen", Adyen.Replace("{\"hmac", "{\"capture\":\"manual\",\"hmac", StringComparison.Ordinal))))
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

        var state = "";
        for (var began = System.Diagnostics.Stopwatch.StartNew(); began.Elapsed < Limit; await Task.Delay(100))
        {
            var inbox = await ListAsync($"connectors/{provider}/{connector}/inbox");
            var open = inbox.Where(entry => (string)entry!["state"]! is not ("applied" or "ignored")).Select(entry => $"{entry!["kind"]} {entry["state"]} {entry["reason"]}");
            var payments = (await ListAsync($"payments?connectorID={connector}&sort=createdAt:asc")).Select(payment => Text(payment!)).Order(StringComparer.Ordinal).ToList();
            state = string.Join('\n', [.. payments, .. open]);
            if (state == string.Join('\n', story.Expected))
            {
                return inbox.Count == story.Events.Distinct().Count() ? null : $"the inbox has {inbox.Count} entries";
            }
        }

        return $"{string.Join(' ', order)}\nis\n{state}\ninstead of\n{string.Join('\n', story.Expected)}";
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
