using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using HdrHistogram;

namespace Payments.Bench.Load;

/// <summary>Measures the pages of the dashboard, one request at a time. The service runs in Development, where the one-click sign-in needs no https.</summary>
internal sealed partial class DashboardPages : IDisposable
{
    private static readonly TimeSpan TotalsTimeout = TimeSpan.FromMinutes(30);

    private readonly Target _service;

    // A page without its session would redirect to the sign-in page, and be measured as that.
    private readonly HttpClient _client;

    public DashboardPages(Target service) =>
        (_service, _client) = (service, new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://{service.Address}/") });

    /// <summary>Signs in, and waits until the overview has its totals.</summary>
    public async Task OpenAsync(Action<string> progress)
    {
        var form = await _client.GetStringAsync(Url("/sign-in"));
        using var signIn = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = AntiforgeryToken().Match(form).Groups[1].Value });
        using var response = await _client.PostAsync(Url("/sign-in/development"), signIn);
        if (response is not { StatusCode: HttpStatusCode.Found, Headers.Location.OriginalString: "/dashboard" })
        {
            throw new InvalidOperationException($"The sign-in returned {response.StatusCode}.");
        }

        var waiting = Stopwatch.StartNew();
        while (true)
        {
            var overview = await _client.GetStringAsync(Url(""));
            var counted = Counted().Match(overview);
            if (!counted.Success && !overview.Contains("No payments are recorded yet", StringComparison.Ordinal))
            {
                return;
            }

            progress($"pages: the totals are computed{(counted.Success ? $", {counted.Groups[1].Value}" : "")}");
            if (waiting.Elapsed > TotalsTimeout)
            {
                throw new TimeoutException("The totals are not computed.");
            }

            await Task.Delay(TimeSpan.FromSeconds(2));
        }
    }

    public async Task<IReadOnlyList<PageTime>> MeasureAsync(TimeSpan time)
    {
        // A payment in the middle of those stored.
        var payment = _service.Sent / 2;
        var (id, connector) = (_service.Sample.Id(payment), _service.Sample.ConnectorId);
        string[] paths =
        [
            Window(days: 90),
            Window(days: 365),
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
        var pages = new List<PageTime>();
        foreach (var path in paths)
        {
            // The first requests let the runtime compile and are not counted.
            await MeasureAsync(path, time / 2, Measurement.Histogram());
            var microseconds = Measurement.Histogram();
            var bytes = await MeasureAsync(path, time, microseconds);
            var name = path.Replace(id, "{paymentID}", StringComparison.Ordinal).Replace(connector, "{connectorID}", StringComparison.Ordinal);
            pages.Add(new(name, microseconds.GetValueAtPercentile(50) / 1000.0, microseconds.GetValueAtPercentile(99) / 1000.0, bytes));
        }

        return pages;

        // The days that end with the last payment.
        string Window(int days)
        {
            var last = PaymentSample.CreatedAt(_service.Sent - 1);
            return string.Create(CultureInfo.InvariantCulture, $"?window=dates&from={last.AddDays(1 - days):yyyy-MM-dd}&to={last:yyyy-MM-dd}");
        }
    }

    public void Dispose() => _client.Dispose();

    private static string Url(string path) => $"/dashboard{path}";

    private async Task<int> MeasureAsync(string path, TimeSpan time, LongHistogram microseconds)
    {
        var bytes = 0;
        for (var end = Stopwatch.StartNew(); end.Elapsed < time;)
        {
            var start = Stopwatch.GetTimestamp();
            bytes = (await _client.GetByteArrayAsync(Url(path))).Length;
            Measurement.Record(microseconds, start);
        }

        return bytes;
    }

    [GeneratedRegex("""name="__RequestVerificationToken"[^>]*value="([^"]+)""")]
    private static partial Regex AntiforgeryToken();

    [GeneratedRegex("The totals are being computed: ([^.]+)")]
    private static partial Regex Counted();
}
