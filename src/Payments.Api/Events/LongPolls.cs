using System.Diagnostics.Metrics;
using Payments.Api.Hosting;

namespace Payments.Api.Events;

/// <summary>The settings of long polls.</summary>
public sealed class LongPollSettings : ISettings
{
    /// <summary>How many requests can wait for events at the same time.</summary>
    public int MaxLongPolls { get; set; } = 64;

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) =>
        [(MaxLongPolls is < 1 or > 1000, $"Events:{nameof(MaxLongPolls)} is '{MaxLongPolls}'. Set it to a whole number from 1 to 1000.")];
}

/// <summary>Limits how many requests wait for events, and ends their wait when the service stops.</summary>
public sealed class LongPolls : IDisposable
{
    private readonly IOptions<LongPollSettings> _settings;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly Meter _meter = new("Payments");
    private int _waiting;
    private int _waitingPages;

    public LongPolls(IOptions<LongPollSettings> settings, IHostApplicationLifetime lifetime)
    {
        (_settings, _lifetime) = (settings, lifetime);
        _meter.CreateObservableUpDownCounter("payments.events.waiting", () => Waiting, "{request}", "Requests of the API that wait for an event.");
    }

    /// <summary>How many requests of the API wait now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits until the task completes, the timeout elapses or the service stops. False if too many requests are waiting already.</summary>
    /// <param name="isPage">Whether a page of the dashboard waits. Open pages and clients of the API do not take each other's places.</param>
    /// <param name="wait">The task.</param>
    /// <param name="timeout">The timeout.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<bool> TryWaitAsync(bool isPage, Func<CancellationToken, Task> wait, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Count(isPage, 1) > (isPage ? Limits.WaitingPages : _settings.Value.MaxLongPolls))
        {
            Count(isPage, -1);
            return false;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lifetime.ApplicationStopping);
        end.CancelAfter(timeout);
        try
        {
            await wait(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The timeout elapsed, or the service stops.
        }
        finally
        {
            Count(isPage, -1);
        }

        return true;
    }

    public void Dispose() => _meter.Dispose();

    private int Count(bool isPage, int change) => Interlocked.Add(ref isPage ? ref _waitingPages : ref _waiting, change);
}
