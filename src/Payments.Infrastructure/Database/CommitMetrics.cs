using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Payments.Infrastructure.Database;

/// <summary>How long commits take, and where there is a queue, how many writes wait, share a commit and are refused.</summary>
internal sealed class CommitMetrics : IDisposable
{
    private readonly Meter _meter = new("Payments");
    private readonly Histogram<double> _duration;
    private readonly Histogram<int>? _size;
    private long _refusals;

    /// <param name="queued">How many writes wait now; null where there is no queue.</param>
    public CommitMetrics(Func<int>? queued = null)
    {
        _duration = _meter.CreateHistogram(
            "payments.commit.duration",
            "s",
            "How long a transaction took from its beginning until it was on disk.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
        if (queued is not null)
        {
            _size = _meter.CreateHistogram(
                "payments.commit.size",
                "{write}",
                "How many writes shared a commit.",
                advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });
            // Observed, so that it can be seen to be none.
            _meter.CreateObservableCounter("payments.queue.refusals", () => Interlocked.Read(ref _refusals), "{write}", "Writes refused because the queue was full.");
            _meter.CreateObservableUpDownCounter("payments.queue.depth", queued, "{write}", "Writes that wait for the next commit.");
        }
    }

    /// <param name="began">The <see cref="Stopwatch"/>'s time at its beginning.</param>
    /// <param name="writes">How many shared it.</param>
    public void Committed(long began, int writes)
    {
        _duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
        _size?.Record(writes);
    }

    public void Refused() => Interlocked.Increment(ref _refusals);

    public void Dispose() => _meter.Dispose();
}
