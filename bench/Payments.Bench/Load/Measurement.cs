using System.Diagnostics;
using System.Text;
using HdrHistogram;

namespace Payments.Bench.Load;

/// <summary>The figures of one operation on one endpoint, over all rounds.</summary>
internal sealed class Measurement
{
    private const long MaxMicroseconds = 600_000_000;

    private const ulong EndOfRecord = 0x2C_0D_0A; // ,\r\n: the last cells of a record are empty

    private readonly LongHistogram _microseconds = new(1, MaxMicroseconds, 3);
    private readonly List<double> _rates = [];
    private TimeSpan _processorTime;
    private TimeSpan _ownProcessorTime;
    private long _requests;

    /// <summary>Requests a second, round by round.</summary>
    public IReadOnlyList<double> Rates => _rates;

    public double Rate => _rates.Order().ElementAt(_rates.Count / 2);

    public long Failed { get; private set; }

    /// <summary>The processor time of the endpoint for one request, in microseconds.</summary>
    public double ProcessorMicroseconds => _processorTime.TotalMicroseconds / _requests;

    /// <summary>The processor time of this program for one request, in microseconds.</summary>
    public double OwnProcessorMicroseconds => _ownProcessorTime.TotalMicroseconds / _requests;

    public double Milliseconds(double percentile) => _microseconds.GetValueAtPercentile(percentile) / 1000.0;

    /// <summary>The median over the rounds of this rate divided by the other one of the same round.</summary>
    public double RatioTo(Measurement other) =>
        _rates.Zip(other._rates, (own, others) => own / others).Order().ElementAt(_rates.Count / 2);

    /// <summary>Sends requests over the connections, one at a time on each, until the time is over.</summary>
    public async Task RunAsync(Target target, Operation operation, IReadOnlyList<HttpConnection> connections, TimeSpan time)
    {
        var before = (target.ProcessorTime(), Own());
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var slices = await Task.WhenAll(connections.Select(connection => Task.Run(() => DriveAsync(target, operation, connection, end))));
        foreach (var slice in slices)
        {
            _microseconds.Add(slice.Microseconds);
            Failed += slice.Failed;
        }

        Add(slices.Sum(slice => slice.InTime) / time.TotalSeconds, slices.Sum(slice => slice.Microseconds.TotalCount + slice.Failed), target, before);
    }

    /// <summary>Sends lines of an import over one connection until the time is over, and waits for the remaining responses.</summary>
    public async Task ImportAsync(Target target, TimeSpan time)
    {
        var before = (target.ProcessorTime(), Own());
        using var connection = await HttpConnection.OpenAsync(target.Address);
        var import = new Import(target, connection);
        var start = Stopwatch.GetTimestamp();
        await import.RunAsync(time);
        _microseconds.Add(import.Microseconds);
        Failed += import.Failed;
        Add(import.Responses / Stopwatch.GetElapsedTime(start).TotalSeconds, import.Responses, target, before);
    }

    /// <summary>Reads an export until the time is over or the export ends. The latency is that of the first byte.</summary>
    public async Task ExportAsync(Target target, string format, TimeSpan time)
    {
        var before = (target.ProcessorTime(), Own());
        var start = Stopwatch.GetTimestamp();
        using var connection = await HttpConnection.OpenAsync(target.Address);
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET /api/payments/payments/export?format={format} {target.Headers}\r\n"));
        var part = await connection.ReadAsync();
        Record(_microseconds, start);
        if (HttpConnection.Status(part.Span) != 200)
        {
            throw new IOException($"The export of {target.Name} failed.");
        }

        var payments = 0L;
        var last = 0UL; // bytes of the response, however it is divided
        while (true)
        {
            foreach (var one in part.Span)
            {
                last = (last << 8) | one;
                payments += (format == "csv" ? (last & 0xFFFFFF) == EndOfRecord : HttpConnection.IsEndOfLine(last)) ? 1 : 0;
            }

            if (HttpConnection.IsLastChunk(last) || Stopwatch.GetElapsedTime(start) > time)
            {
                break;
            }

            part = await connection.ReadAsync();
            if (part.IsEmpty)
            {
                throw new IOException($"The export of {target.Name} was interrupted.");
            }
        }

        Add(payments / Stopwatch.GetElapsedTime(start).TotalSeconds, payments, target, before);
    }

    /// <summary>The latency of a failed request is not recorded, because failing can be the fastest response.</summary>
    private static async Task<Slice> DriveAsync(Target target, Operation operation, HttpConnection connection, long end)
    {
        var slice = new Slice();
        var request = Operation.Buffer();
        long now;
        while ((now = Stopwatch.GetTimestamp()) < end)
        {
            var status = await connection.SendAsync(request.AsMemory(0, operation.Write(target, request)));
            if (status == 200)
            {
                Record(slice.Microseconds, now);
                slice.InTime += Stopwatch.GetTimestamp() <= end ? 1 : 0;
            }
            else
            {
                slice.Failed++;
            }
        }

        return slice;
    }

    public static void Record(LongHistogram microseconds, long since) =>
        microseconds.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(since).TotalMicroseconds, 1, MaxMicroseconds));

    public static LongHistogram Histogram() => new(1, MaxMicroseconds, 3);

    private static TimeSpan Own()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private void Add(double rate, long requests, Target target, (TimeSpan Target, TimeSpan Own) before)
    {
        _rates.Add(rate);
        _requests += requests;
        _processorTime += target.ProcessorTime() - before.Target;
        _ownProcessorTime += Own() - before.Own;
    }

    private sealed class Slice
    {
        public LongHistogram Microseconds { get; } = Histogram();

        public long InTime { get; set; }

        public long Failed { get; set; }
    }
}
