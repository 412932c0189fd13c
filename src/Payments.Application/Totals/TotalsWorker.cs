using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Payments.Application.Totals;

/// <summary>Counts the events of the record in the totals, soon after each change. Each instance does this; the database lets one of them count an event.</summary>
public sealed partial class TotalsWorker : BackgroundService
{
    /// <summary>How often the worker looks for events, so that under load one page counts many of them.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>The pause after another instance was first, so that usually only one of them reads the events.</summary>
    internal static readonly TimeSpan BeatenInterval = TimeSpan.FromMilliseconds(700);

    /// <summary>The pause for each counted event while others are recorded, so that writers have the processor.</summary>
    internal static readonly TimeSpan PausePerEvent = TimeSpan.FromMilliseconds(1);

    /// <summary>If the oldest uncounted change is older than this, the worker does not pause.</summary>
    internal static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(10);

    private const long NoEvent = long.MaxValue;

    private readonly IPaymentTotals _totals;
    private readonly TimeProvider _clock;
    private readonly ILogger<TotalsWorker> _logger;
    private readonly Meter _meter = new("Payments");
    private long _oldestAt = NoEvent;
    private TotalsProgress? _previous;
    private string? _fault;

    /// <summary>Creates the worker, which does not run yet.</summary>
    public TotalsWorker(IPaymentTotals totals, TimeProvider clock, ILogger<TotalsWorker> logger)
    {
        (_totals, _clock, _logger) = (totals, clock, logger);
        _meter.CreateObservableGauge("payments.totals.lag", Lag, "s", "Age of the oldest change that the totals of the overview do not count.");
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var progress = await _totals.AdvanceAsync(stoppingToken);
                Volatile.Write(ref _oldestAt, progress.OldestAt?.ToUnixTimeMilliseconds() ?? NoEvent);
                _fault = null;
                await PauseAsync(progress, stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The worker never ends: without it, the totals would stay as they are until the next restart.
                if (_fault != e.Message)
                {
                    LogFault(_logger, e, _fault = e.Message);
                }

                await Task.Delay(BeatenInterval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PauseAsync(TotalsProgress progress, CancellationToken stop)
    {
        var previous = _previous ?? progress;
        _previous = progress;
        var rest = _clock.GetUtcNow() - progress.OldestAt > MaxLag ? TimeSpan.Zero : PausePerEvent * Math.Max(progress.Position - previous.Position, 0);
        if (progress.LostRace)
        {
            await Task.Delay(BeatenInterval, _clock, stop);
        }
        else if (progress.Position == progress.LastPosition)
        {
            await Task.Delay(rest > Interval ? rest : Interval, _clock, stop);
        }
        else if (progress.LastPosition > previous.LastPosition)
        {
            await Task.Delay(rest, _clock, stop);
        }
    }

    // Known from the last attempt, so it grows while attempts fail.
    private double Lag() => Volatile.Read(ref _oldestAt) is < NoEvent and var at
        ? Math.Max((_clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(at)).TotalSeconds, 0)
        : 0;

    [LoggerMessage(1, LogLevel.Error, "The totals of the overview cannot be updated; trying again: {Fault}")]
    private static partial void LogFault(ILogger logger, Exception exception, string fault);
}
