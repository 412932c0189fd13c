using System.Globalization;
using Payments.Api.Events;
using Payments.Application.Events;
using Payments.Dashboard.Shell;
using Payments.Domain.Events;

namespace Payments.Api.Dashboard;

/// <summary>New events for open pages: only what a browser needs.</summary>
[Route("dashboard/live")]
public sealed class LiveController(EventFeed feed, IHostApplicationLifetime lifetime) : DashboardController
{
    private const EventKind AllKinds = (EventKind)(-1);
    private const int Limit = 100;

    // A browser pauses instead of getting an error, which its console would show.
    private const int PauseSeconds = 10;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(25);

    /// <summary>Returns the events after a position. With <c>wait=1</c>, it waits for one if there is none yet.</summary>
    [HttpGet]
    public async Task<IActionResult> List(CancellationToken cancellationToken)
    {
        var after = Request.Query["after"] is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw new ValidationException([new("after", "must be a position, digits only")]);
        try
        {
            var timeout = Request.Query["wait"] == "1" ? Timeout : TimeSpan.Zero;
            var page = await feed.ReadAsync(new(null, after, Limit, AllKinds), timeout, cancellationToken, isPage: true);
            var pause = page is null || lifetime.ApplicationStopping.IsCancellationRequested ? PauseSeconds : 0;
            return Json(page is null
                ? new LiveEvents(after, after, [], pause)
                : new LiveEvents(page.Position, page.Record.Position, [.. page.Events.Select(LiveEvent.Of)], pause));
        }
        catch (FeedRestartedException e)
        {
            return Json(new LiveEvents(e.Record.Position, e.Record.Position, [], 0, Restarted: true));
        }
    }
}

/// <summary>A part of the event record.</summary>
/// <param name="Position">The position up to which the part goes.</param>
/// <param name="LastPosition">The position of the last event of the record.</param>
/// <param name="Events">The events, oldest first.</param>
/// <param name="Pause">How many seconds to wait before the next request.</param>
/// <param name="Restarted">Whether the record no longer has the requested position.</param>
public sealed record LiveEvents(long Position, long LastPosition, IReadOnlyList<LiveEvent> Events, int Pause, bool Restarted = false);

/// <summary>An event.</summary>
public sealed record LiveEvent(long Position, string Kind, string Subject)
{
    internal static LiveEvent Of(StoredEvent stored) =>
        new(stored.Position, WireName<EventKind>.Of(stored.Kind), stored.Payment?.Id.ToString() ?? stored.Subject!.Id);
}
