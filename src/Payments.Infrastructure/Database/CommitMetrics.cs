using System.Diagnostics.Metrics;

namespace Payments.Infrastructure.Database;

/// <summary>The duration of commits and, for a queue, how many writes wait, share a commit and are rejected.</summary>
internal sealed class CommitMetrics : IDisposable
{
    private readonly Meter _meter = new("Payments");
    private readonly Histogram<double> _duration;
    private readonly Histogram<int>? _size;
    private long _rejected;

    /// <param name="queued">How many writes wait now; null if there is no queue.</param>
    public CommitMetrics(Func<int>? queued = null)
    {
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };
        _duration = _meter.CreateHistogram("payments.commit.duration", "s", "Duration of a transaction until it is on disk.", advice: seconds);
        if (queued is not null)
        {
            var writes = new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] };
            _size = _meter.CreateHistogram("payments.commit.size", "{write}", "Number of writes in a commit.", advice: writes);
            // Observable, so that it also reports zero.
            _meter.CreateObservableCounter("payments.queue.refusals", () => Interlocked.Read(ref _rejected), "{write}", "Writes rejected because the queue was full.");
            _meter.CreateObservableUpDownCounter("payments.queue.depth", queued, "{write}", "Writes that wait for the next commit.");
        }
    }

    /// <param name="began">The <see cref="Stopwatch"/> timestamp of its beginning.</param>
    public void Committed(long began, int writes)
    {
        _duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
        _size?.Record(writes);
    }

    public void Rejected() => Interlocked.Increment(ref _rejected);

    public void Dispose() => _meter.Dispose();
}
