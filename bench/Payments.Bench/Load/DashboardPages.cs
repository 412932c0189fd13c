using System.Diagnostics;
using System.Text.RegularExpressions;
using HdrHistogram;

namespace Payments.Bench.Load;

/// <summary>Measures the pages of the dashboard, one request at a time. The service runs in Development, where the one-click sign-in needs no https.</summary>
internal sealed partial class DashboardPages : IDisposable
{
    private static readonly TimeSpan TotalsTimeout = TimeSpan.FromMinutes(30);

    private readonly Target _service;
    private readonly HttpClient _client;

    private DashboardPages(Target service) => (_service, _client) = (service, service.NewClient(TimeSpan.FromMinutes(1)));

    /// <summary>Signs in, and waits until the totals of the overview include all stored payments.</summary>
    public static async Task<DashboardPages> OpenAsync(Target service, Action<string> progress)
    {
        var pages = new DashboardPages(service);
        var form = await pages._client.GetStringAsync("dashboard/sign-in");
        using var signIn = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = AntiforgeryToken().Match(form).Groups[1].Value });
        using var response = await pages._client.PostAsync("dashboard/sign-in/development", signIn);
        response.EnsureSuccessStatusCode();
        var waiting = Stopwatch.StartNew();
        while (Counted().Match(await pages._client.GetStringAsync("dashboard")) is { Success: true } counted)
        {
            progress($"pages: totals, {counted.Groups[1].Value}");
            await Task.Delay(waiting.Elapsed < TotalsTimeout ? TimeSpan.FromSeconds(2) : throw new TimeoutException("The totals are not computed."));
        }

        return pages;
    }

    /// <summary>How long each page takes, in milliseconds at the median and the 99th percentile, and its bytes before compression.</summary>
    public async Task<IReadOnlyList<(string Path, double Median, double P99, int Bytes)>> MeasureAsync(TimeSpan time)
    {
        // A payment in the middle of those stored.
        var payment = _service.Sent / 2;
        var (id, connector) = (_service.Sample.Id(payment), _service.Sample.ConnectorId);
        string[] paths =
        [
            "?window=dates&from=2023-01-15&to=2023-04-15",
            "?window=dates&from=2022-06-01&to=2023-05-31",
            "/payments",
            "/payments?status=FAILED&scheme=visa",
            "/payments?amountGte=10000&asset=EUR/2",
            $"/payments?reference={PaymentSample.Reference(payment)}",
            $"/payments/{id}",
            "/import",
            "/accounts",
            "/connectors",
            $"/connectors/stripe/{connector}",
            "/webhooks",
            "/events",
            "/events?kind=payment.created&actor=service",
            "/system",
        ];
        var pages = new List<(string, double, double, int)>();
        foreach (var path in paths)
        {
            // The first requests let the runtime compile and are not counted.
            await MeasureAsync(path, time / 2, Measurement.Histogram());
            var microseconds = Measurement.Histogram();
            var bytes = await MeasureAsync(path, time, microseconds);
            var name = path.Replace(id, "{paymentID}", StringComparison.Ordinal).Replace(connector, "{connectorID}", StringComparison.Ordinal);
            pages.Add((name, microseconds.GetValueAtPercentile(50) / 1000.0, microseconds.GetValueAtPercentile(99) / 1000.0, bytes));
        }

        return pages;
    }

    public void Dispose() => _client.Dispose();

    private async Task<int> MeasureAsync(string path, TimeSpan time, LongHistogram microseconds)
    {
        var bytes = 0;
        for (var end = Stopwatch.StartNew(); end.Elapsed < time;)
        {
            var start = Stopwatch.GetTimestamp();
            bytes = (await _client.GetByteArrayAsync($"dashboard{path}")).Length;
            Measurement.Record(microseconds, start);
        }

        return bytes;
    }

    [GeneratedRegex("""name="__RequestVerificationToken"[^>]*value="([^"]+)""")]
    private static partial Regex AntiforgeryToken();

    [GeneratedRegex("The totals are being computed: ([^.]+)")]
    private static partial Regex Counted();
}
