using System.Runtime.InteropServices;
using Payments.Bench.Load;

namespace Payments.Bench;

/// <summary>The figures of a run, as Markdown.</summary>
internal sealed class Report(Arguments arguments)
{
    public const string Service = "the service";
    public const string Against = "the other build";
    public const string Plain = "plain";
    public const string Locked = "locked";
    public const string NoStorage = "no storage";
    public const string Creates = "the service, creates";
    private const string Empty = "the service, empty database";

    private readonly Dictionary<(string Operation, string Endpoint), Measurement> _measured = [];
    private readonly List<string> _rows = [];
    private readonly List<TimeSpan> _starts = [];
    private readonly List<(string When, long Bytes)> _memory = [];
    private readonly List<(long Payments, long Bytes)> _grown = [];
    private readonly List<(long Payments, Verification Verification)> _verified = [];
    private readonly List<(long Payments, IReadOnlyList<PageTime> Pages)> _pages = [];
    private readonly List<(string Name, double Median, double P99, long Count)> _delays = [];
    private readonly List<string> _providerEvents = [];
    private double? _backlog;

    public void Measured(string operation, int connections, int place, string endpoint, IReadOnlyList<Measurement> measurements)
    {
        var measurement = measurements[place];
        var name = operation.Contains("stored", StringComparison.Ordinal) && place > 0 ? Empty : endpoint;
        _measured[(operation, name)] = measurement;
        var ratio = place == 0 ? "" : Format($"{measurements[0].RatioTo(measurement):0.00}");
        _rows.Add(Format(
            $"| {operation} | {connections} | {name} | {measurement.Rate:N0} | {ratio} | {measurement.Milliseconds(50):0.00} | {measurement.Milliseconds(95):0.00} | {measurement.Milliseconds(99):0.00} | {measurement.Milliseconds(99.9):0.00} | {measurement.ProcessorMicroseconds:0} | {measurement.OwnProcessorMicroseconds:0} | {measurement.Failed} |"));
    }

    public void Memory(string when, Target service) => _memory.Add((when, service.ResidentBytes()));

    public void Start(TimeSpan time) => _starts.Add(time);

    public void Grown(long payments, long bytes) => _grown.Add((payments, bytes));

    public void Pages(long payments, IReadOnlyList<PageTime> pages) => _pages.Add((payments, pages));

    public void Verified(long payments, Verification verification) => _verified.Add((payments, verification));

    public void Delays(IReadOnlyList<(string Name, double Median, double P99, long Count)> delays) => _delays.AddRange(delays);

    public void Backlog(double perSecond) => _backlog = perSecond;

    public void Burst(int count, (TimeSpan Sent, TimeSpan Applied, double P99) sending)
    {
        _providerEvents.Add(Format($"| burst of {count:N0} provider events until the last response, s |  | {sending.Sent.TotalSeconds:0.0} |  |"));
        _providerEvents.Add(Format($"| the same until all are applied, s |  | {sending.Applied.TotalSeconds:0.0} |  |"));
    }

    public void Sustained(int perSecond, int count, (TimeSpan Sent, TimeSpan Applied, double P99) sending)
    {
        // The last response needs a moment.
        var (required, rate) = (0.98 * perSecond, count / sending.Sent.TotalSeconds);
        _providerEvents.Add(Format($"| {perSecond} provider events a second: responses a second | ≥ {required:0} | {rate:0} | {(rate >= required ? "yes" : "no")} |"));
        _providerEvents.Add(Format($"| the same: p99 from when an event is due to its response, ms |  | {sending.P99:0.0} |  |"));
        _providerEvents.Add(Format($"| the same: from the last response until all are applied, s |  | {(sending.Applied - sending.Sent).TotalSeconds:0.0} |  |"));
    }

    public void Print(TextWriter output)
    {
        output.WriteLine(Format($"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0} GB of memory, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; {arguments.Seconds} s for each operation of each endpoint, which take turns in rounds."));
        output.WriteLine();
        output.WriteLine("| operation | connections | endpoint | per second | service ÷ this | p50 ms | p95 | p99 | p99.9 | CPU µs per request | load program's CPU µs | failed |");
        output.WriteLine("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        _rows.ForEach(output.WriteLine);
        output.WriteLine();
        output.WriteLine("| target | required | measured | met |");
        output.WriteLine("|---|--:|--:|---|");
        Ratio("creates ÷ creates of plain", 4, "create", Service, "create", Plain);
        Ratio("creates ÷ requests of no storage", 0.35, "create", Service, "create", NoStorage);
        if (_measured.TryGetValue(("create", Service), out var creates) && _measured.TryGetValue(("create", Plain), out var plain))
        {
            AtMost("p99 of creates ÷ p99 of plain", 1.0 / 8, creates.Milliseconds(99) / plain.Milliseconds(99), "");
        }

        Ratio("creates over one connection ÷ those of plain", 0.9, "single", Service, "single", Plain);
        Ratio("import ÷ creates", 3, "import", Service, "create", Service);
        Ratio("gets ÷ gets of no storage", 1, "get", Service, "get", NoStorage);
        Ratio("lists of 15 ÷ lists of plain", 1.6, "list", Service, "list", Plain);
        Ratio("lists of 15 ÷ lists of no storage", 0.5, "list", Service, "list", NoStorage);
        Ratio("lists of 1000 ÷ lists of plain", 2, "list1000", Service, "list1000", Plain);
        Ratio("exported payments ÷ those of plain", 4, "export", Service, "export", Plain);
        foreach (var (payments, _) in _grown)
        {
            var stored = Format($", {payments:N0} stored");
            Ratio(Format($"filtered lists with {payments:N0} stored ÷ lists without a filter"), 1 / 1.2, $"filtered{stored}", Service, $"list{stored}", Service);
            Ratio(Format($"gets with {payments:N0} stored ÷ with an empty database"), 0.7, $"get{stored}", Service, $"get{stored}", Empty);
            Ratio(Format($"lists with {payments:N0} stored ÷ with an empty database"), 0.9, $"list{stored}", Service, $"list{stored}", Empty);
            Ratio(Format($"creates with {payments:N0} stored ÷ with an empty database"), 0.7, $"create{stored}", Service, $"create{stored}", Empty);
        }

        if (_starts.Count > 0)
        {
            AtMost("start to the first 200 for a create, s", 1.5, _starts.Order().ElementAt(_starts.Count / 2).TotalSeconds, "");
        }

        if (_delays is [var feed, var hook, var live, var beside])
        {
            AtMost("change to feed under load, median, ms", 300, feed.Median, "");
            AtMost("change to a webhook endpoint under load, median, ms", 1000, hook.Median, "");
            AtMost("delay of 50 endpoints beside 50 that never respond ÷ without them, median", 1.2, beside.Median / live.Median, "");
        }

        if (_backlog is { } backlog)
        {
            output.WriteLine(Format($"| events a second to one endpoint | ≥ 1,000 | {backlog:N0} | {(backlog >= 1000 ? "yes" : "no")} |"));
        }

        foreach (var (name, events) in _measured.Where(measured => measured.Key.Endpoint == Service && measured.Key.Operation.StartsWith("provider-event", StringComparison.Ordinal)).Select(measured => (measured.Key.Operation, measured.Value)))
        {
            AtMost($"creates ÷ {name}", 2.5, _measured[(name, Creates)].RatioTo(events), "");
        }

        _providerEvents.ForEach(output.WriteLine);
        foreach (var (payments, pages) in _pages)
        {
            AtMost(Format($"slowest page of the dashboard with {payments:N0} stored, median, ms"), 50, pages.Max(page => page.Median), "");
        }

        AtMost("max resident memory, MB", 250, _memory.Max(memory => memory.Bytes) / 1e6, "");
        output.WriteLine();
        output.WriteLine("| resident memory of the service | MB |");
        output.WriteLine("|---|--:|");
        _memory.ForEach(memory => output.WriteLine(Format($"| {memory.When} | {memory.Bytes / 1e6:0} |")));
        if (_delays.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("| from the change to | events | median ms | p99 ms |");
            output.WriteLine("|---|--:|--:|--:|");
            _delays.ForEach(delay => output.WriteLine(Format($"| {delay.Name} | {delay.Count:N0} | {delay.Median:0.0} | {delay.P99:0.0} |")));
        }

        if (_grown.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("| payments stored | file MB | bytes per payment |");
            output.WriteLine("|--:|--:|--:|");
            _grown.ForEach(grown => output.WriteLine(Format($"| {grown.Payments:N0} | {grown.Bytes / 1e6:N0} | {(double)grown.Bytes / grown.Payments:N0} |")));
        }

        foreach (var (payments, pages) in _pages)
        {
            output.WriteLine();
            output.WriteLine(Format($"| page of the dashboard, {payments:N0} stored | median ms | p99 ms | KB |"));
            output.WriteLine("|---|--:|--:|--:|");
            foreach (var page in pages)
            {
                output.WriteLine(Format($"| `/dashboard{page.Path}` | {page.Median:0.0} | {page.P99:0.0} | {page.Bytes / 1e3:0.0} |"));
            }
        }

        if (_verified.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("| verified payments | s | CPU s | max resident memory, MB |");
            output.WriteLine("|--:|--:|--:|--:|");
            foreach (var (payments, verification) in _verified)
            {
                output.WriteLine(Format($"| {payments:N0} | {verification.Time.TotalSeconds:N0} | {verification.Processor.TotalSeconds:N0} | {verification.PeakBytes / 1e6:0} |"));
            }
        }

        void Ratio(string target, double required, string operation, string endpoint, string otherOperation, string other)
        {
            if (_measured.TryGetValue((operation, endpoint), out var measured) && _measured.TryGetValue((otherOperation, other), out var compared))
            {
                var ratio = operation == otherOperation ? measured.RatioTo(compared) : measured.Rate / compared.Rate;
                output.WriteLine(Format($"| {target} | ≥ {required:0.00} | {ratio:0.00} | {(ratio >= required ? "yes" : "no")} |"));
            }
        }

        void AtMost(string target, double required, double measured, string unit) =>
            output.WriteLine(Format($"| {target} | ≤ {required:0.###}{unit} | {measured:0.###}{unit} | {(measured <= required ? "yes" : "no")} |"));
    }

    private static string Format(FormattableString text) => FormattableString.Invariant(text);
}
