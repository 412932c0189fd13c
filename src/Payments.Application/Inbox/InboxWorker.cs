using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Payments.Application.Inbox;

/// <summary>Applies entries that were stored and not applied, and wakes entries when an event of the record changes what they wait for. One instance does this at a time.</summary>
public sealed partial class InboxWorker(IInbox inbox, InboxProcessor processor, InboxRetention retention, TimeProvider clock, ILogger<InboxWorker> logger) : BackgroundService
{
    /// <summary>How often the worker looks for events and entries.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an instance is the worker if it does not renew. After a kill, another one takes over then.</summary>
    internal static readonly TimeSpan Ownership = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CleanupInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(5);

    /// <summary>A request that applies an entry itself has finished or given up after this time.</summary>
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(5);
    private const int PageSize = 500;
    private const int MaxConcurrent = 16;

    private readonly InboxMetrics _metrics = new(clock);
    private readonly string _instance = $"{Guid.NewGuid():N}";
    private long? _position;
    private DateTimeOffset _renewAt;
    private DateTimeOffset _cleanupAt;
    private DateTimeOffset _countAt;
    private string? _fault;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _metrics.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await UpdateAsync(stoppingToken);
                await Task.Delay(Interval, clock, stoppingToken);
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            if (_position is not null)
            {
                await ReleaseAsync();
            }
        }
    }

    private async Task UpdateAsync(CancellationToken stop)
    {
        try
        {
            while (await IsWorkerAsync(stop) && await WorkAsync(stop))
            {
            }

            _fault = null;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // The worker never ends: without it, waiting events would not be applied until the next restart.
            if (_fault != e.Message)
            {
                LogFault(logger, e, _fault = e.Message);
            }
        }
    }

    private async Task<bool> IsWorkerAsync(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        if (now >= _renewAt)
        {
            _position = await inbox.ClaimAsync(_instance, new Instant(now), new Instant(now + Ownership), stop);
            _renewAt = now + (_position is null ? Interval : RenewalInterval);
            if (_position is null)
            {
                _metrics.Set(null);
            }
        }

        return _position is not null;
    }

    /// <returns>Whether there can be more to do.</returns>
    private async Task<bool> WorkAsync(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var received = await inbox.ListReceivedAsync(new Instant(now - RequestLimit), PageSize, stop);
        await ProcessAsync(received, stop);
        var (position, woken) = await inbox.FindWokenAsync(_position!.Value, stop);
        await ProcessAsync(woken, stop);
        var isFull = position - _position >= IInbox.MaxEvents;
        if (position > _position)
        {
            await inbox.SavePositionAsync(_instance, position, stop);
            _position = position;
        }

        if (now >= _countAt)
        {
            _metrics.Set(await inbox.CountOpenAsync(stop));
            _countAt = now + CountInterval;
        }

        if (now >= _cleanupAt)
        {
            var hasMore = await inbox.EraseAsync(new Instant(now - retention.Time), stop);
            _cleanupAt = hasMore ? now : now + CleanupInterval;
        }

        return received.Count == PageSize || woken.Count > 0 || isFull;
    }

    private Task ProcessAsync(IReadOnlyList<long> entries, CancellationToken stop) => Parallel.ForEachAsync(
        entries,
        new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrent, CancellationToken = stop },
        async (id, token) => await processor.ProcessAsync(id, token));

    private async Task ReleaseAsync()
    {
        try
        {
            await inbox.ReleaseAsync(_instance, CancellationToken.None);
        }
        catch (UnavailableException)
        {
            // Another instance takes over when the ownership ends.
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Waiting provider events cannot be applied; trying again: {Fault}")]
    private static partial void LogFault(ILogger logger, Exception exception, string fault);
}

/// <summary>How long the bodies of events that are applied or ignored are kept.</summary>
public sealed record InboxRetention(TimeSpan Time);
