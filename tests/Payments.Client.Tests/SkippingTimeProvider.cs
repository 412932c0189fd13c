using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Payments.Client.Tests;

/// <summary>A clock that skips every wait except timeouts, and records how long each would have been.</summary>
internal sealed class SkippingTimeProvider : FakeTimeProvider
{
    private static readonly TimeSpan[] Timeouts =
        [DependencyInjection.AttemptTimeout, DependencyInjection.TotalTimeout, DependencyInjection.LongPollTimeout + DependencyInjection.AttemptTimeout];

    private readonly ConcurrentQueue<TimeSpan> _waits = new();

    public IReadOnlyList<TimeSpan> Waits => [.. _waits];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && !Timeouts.Contains(dueTime))
        {
            _waits.Enqueue(dueTime);
            // Not synchronously, because the caller does not have its timer yet.
            ThreadPool.QueueUserWorkItem(_ => Advance(dueTime));
        }

        return timer;
    }
}
