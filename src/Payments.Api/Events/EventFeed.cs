using Payments.Application.Events;

namespace Payments.Api.Events;

/// <summary>Reads the feed, and waits if there is no event yet (long polling).</summary>
public sealed class EventFeed(IMediator mediator, LongPolls longPolls, TimeProvider clock)
{
    private static readonly TimeSpan FilteredPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the events, which can be none after the timeout; null if too many requests are waiting already.</summary>
    /// <exception cref="FeedRestartedException">The position is not one of the current epoch.</exception>
    public async Task<EventPage?> ReadAsync(ListEventsQuery query, TimeSpan timeout, CancellationToken cancellationToken, bool isPage = false)
    {
        var began = clock.GetTimestamp();
        var page = await mediator.Send(query, cancellationToken);
        while (page.Events.Count == 0 && timeout - clock.GetElapsedTime(began) is { Ticks: > 0 } rest)
        {
            var position = page.Position;
            if (position == page.Record.Position
                && !await longPolls.TryWaitAsync(isPage, stop => mediator.Send(new WaitForEventsQuery(position), stop), rest, cancellationToken))
            {
                return null;
            }

            page = await mediator.Send(query with { After = position }, cancellationToken);
            if (page.Events.Count == 0 && page.Position == page.Record.Position && page.Position > position)
            {
                // Events of other kinds arrived. Without a pause, each commit would cause another read.
                await Task.Delay(FilteredPause, clock, cancellationToken);
            }

            if (page.Events.Count == 0 && page.Position == position)
            {
                break; // the timeout elapsed, or the service stops
            }
        }

        return page;
    }
}
