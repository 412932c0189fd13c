using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using HdrHistogram;

namespace Payments.Bench.Load;

/// <summary>Measures how soon a change is in the feed and at webhook endpoints. The service runs in Development, because the endpoints of this
/// program have no https.</summary>
internal sealed class Events : IAsyncDisposable
{
    private const int DeadEndpoints = 50;
    private const int LiveEndpoints = 50;
    private const int Backlog = 10_000;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly Target _service;
    private readonly HttpClient _client;
    private readonly WebApplication _receiver;
    private readonly ConcurrentDictionary<string, LongHistogram> _delays = new();
    private readonly TaskCompletionSource _never = new();

    private Events(Target service, HttpClient client)
    {
        (_service, _client) = (service, client);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _receiver = builder.Build();
        _receiver.MapPost("/dead", () => _never.Task);
        _receiver.MapPost("/{name}", async (string name, HttpRequest request) =>
        {
            var body = await JsonNode.ParseAsync(request.Body);
            Record(name, (string)body!["timestamp"]!);
        });
    }

    public static async Task<Events> StartAsync(Target service)
    {
        var events = new Events(service, service.NewClient(TimeSpan.FromMinutes(2)));
        await events._receiver.StartAsync();
        return events;
    }

    /// <summary>How long after a change its event arrives, in milliseconds at the median and the 99th percentile, while creates come over some connections.</summary>
    public async Task<IReadOnlyList<(string Name, double Median, double P99, long Count)>> DelaysAsync(TimeSpan time)
    {
        await AddEndpointAsync("hook");
        using var end = new CancellationTokenSource();
        var reading = ReadFeedAsync(end.Token);
        await CreateAsync(time);
        await Task.Delay(Quiet, CancellationToken.None);
        await end.CancelAsync();
        await reading;
        return [Delay("feed"), Delay("hook")];
    }

    /// <summary>How many events of a backlog a second reach one endpoint.</summary>
    public async Task<double> ThroughputAsync()
    {
        var id = await AddEndpointAsync("backlog");
        await PostAsync($"webhooks/{id}/pause");
        var stored = _service.Sent;
        while (_service.Sent - stored < Backlog)
        {
            await CreateAsync(TimeSpan.FromSeconds(1));
        }

        var count = _service.Sent - stored;
        await Task.Delay(Quiet);
        var before = Received("backlog");
        var began = TimeProvider.System.GetTimestamp();
        await PostAsync($"webhooks/{id}/resume");
        while (Received("backlog") - before < count)
        {
            await Task.Delay(20);
        }

        return count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The delay of healthy endpoints before and after endpoints are added that never respond.</summary>
    public async Task<IReadOnlyList<(string Name, double Median, double P99, long Count)>> BesideDeadEndpointsAsync(TimeSpan time)
    {
        for (var i = 2; i < LiveEndpoints; i++)
        {
            await AddEndpointAsync("live");
        }

        await CreateSlowlyAsync(time);
        var before = Delay("live");
        _delays.Clear();
        for (var i = 0; i < DeadEndpoints; i++)
        {
            await AddEndpointAsync("dead");
        }

        await CreateSlowlyAsync(time);
        return [before with { Name = "50 endpoints" }, Delay("live") with { Name = "50 endpoints beside 50 that never respond" }];
    }

    public async ValueTask DisposeAsync()
    {
        _never.TrySetResult();
        _client.Dispose();
        await _receiver.DisposeAsync();
    }

    private async Task ReadFeedAsync(CancellationToken stop)
    {
        var position = await PositionAsync();
        while (!stop.IsCancellationRequested)
        {
            using var response = await _client.GetAsync($"api/payments/events?after={position}&limit=1000&timeout=1", CancellationToken.None);
            response.EnsureSuccessStatusCode();
            position = response.Headers.GetValues("Payments-Position").Single();
            using var events = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(CancellationToken.None), default, CancellationToken.None);
            foreach (var item in events.RootElement.EnumerateArray())
            {
                Record("feed", item.GetProperty("time").GetString()!);
            }
        }
    }

    private async Task<string> PositionAsync()
    {
        using var response = await _client.GetAsync($"api/payments/events?after={long.MaxValue / 2}");
        return response.Headers.GetValues("Payments-Position").Single();
    }

    private async Task CreateAsync(TimeSpan time)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => HttpConnection.OpenAsync(_service.Address)));
        await new Measurement().RunAsync(_service, Operation.Create, connections, time);
        Array.ForEach(connections, connection => connection.Dispose());
    }

    // Ten changes a second, each of which goes to all endpoints.
    private async Task CreateSlowlyAsync(TimeSpan time)
    {
        using var connection = await HttpConnection.OpenAsync(_service.Address);
        var request = Operation.Buffer();
        for (var i = 0; i < time.TotalSeconds * 10; i++)
        {
            await connection.SendAsync(request.AsMemory(0, Operation.Create.Write(_service, request)));
            await Task.Delay(100);
        }

        await Task.Delay(Quiet);
    }

    private async Task<string> AddEndpointAsync(string name)
    {
        using var response = await _client.PostAsJsonAsync("api/payments/webhooks", new { url = $"{_receiver.Urls.Single()}/{name}" });
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["data"]!["id"]!;
    }

    private async Task PostAsync(string path)
    {
        using var response = await _client.PostAsync($"api/payments/{path}", null);
        response.EnsureSuccessStatusCode();
    }

    private void Record(string name, string time)
    {
        var delay = DateTimeOffset.UtcNow - DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
        var histogram = _delays.GetOrAdd(name, _ => new LongHistogram(1, 600_000_000, 3));
        lock (histogram)
        {
            histogram.RecordValue(Math.Max(1, (long)delay.TotalMicroseconds));
        }
    }

    private long Received(string name) => _delays.TryGetValue(name, out var histogram) ? histogram.TotalCount : 0;

    private (string Name, double Median, double P99, long Count) Delay(string name)
    {
        var histogram = _delays[name];
        return (name, histogram.GetValueAtPercentile(50) / 1000.0, histogram.GetValueAtPercentile(99) / 1000.0, histogram.TotalCount);
    }
}
