namespace Payments.Infrastructure.Database;

/// <summary>Wakes those who wait for events. Events of other processes are found by polling, and only while somebody waits.</summary>
internal sealed class EventSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;

    /// <summary>Announces that all events up to a position can be read.</summary>
    public void Set(long position)
    {
        lock (_gate)
        {
            if (position > _position)
            {
                _position = position;
                var waiting = _next;
                _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.SetResult();
            }
        }
    }

    /// <summary>Completes once an event after the position was announced.</summary>
    public Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _position > after ? Task.CompletedTask : _next.Task.WaitAsync(cancellationToken);
        }
    }
}
