using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Payments.Client;

/// <summary>A position in the event record. The default is the beginning of the current epoch.</summary>
/// <param name="Epoch">The epoch of the record; null for the current one.</param>
/// <param name="Number">The position of the last event that was processed; 0 for the beginning.</param>
public readonly record struct EventPosition(string? Epoch, long Number);

/// <summary>The next events of the record.</summary>
/// <param name="Events">The events of the requested types, oldest first. It can be empty.</param>
/// <param name="Position">The position after which to continue. Later than the last event if the events after it have other types.</param>
public sealed record EventPage(IReadOnlyList<Event> Events, EventPosition Position);

public partial class Event
{
    /// <summary>The position of this event. Store it after you have processed the event.</summary>
    [JsonIgnore]
    public EventPosition Position => new(Epoch, long.Parse(Id, NumberStyles.None, CultureInfo.InvariantCulture));
}

/// <summary>The event record restarted, for example because a backup was restored. Events that were read before can be missing from it.</summary>
/// <remarks>Decide from which position of the new epoch to continue. To read everything again, continue with the default position.</remarks>
public sealed class FeedRestartedException : PaymentsApiException<Problem>
{
    internal FeedRestartedException(PaymentsApiException<Problem> response, EventPosition lastPosition)
        : base(response.Result.ErrorMessage, response.StatusCode, response.Response, response.Headers, response.Result, response) =>
        LastPosition = lastPosition;

    /// <summary>The current epoch and its last position.</summary>
    public EventPosition LastPosition { get; }
}

public partial interface IPaymentsClient
{
    /// <summary>Reads the events after a position, oldest first and each exactly once, and then waits for new ones. It ends only by cancellation or an exception.</summary>
    /// <remarks>
    /// Store <see cref="Event.Position"/> in the transaction of your effect, and start with it again.
    /// After a lost connection, a timeout or a status of 408, 429 or 5xx, the client of <see cref="DependencyInjection.AddPaymentsClient"/> reconnects
    /// for ever, after up to 30 seconds or the delay in Retry-After.
    /// </remarks>
    /// <param name="position">The position of the last event that you have processed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FeedRestartedException">The position is not in the current event record.</exception>
    /// <exception cref="PaymentsApiException">The service rejected the request, for example with 403, or the response cannot be read.</exception>
    /// <exception cref="AccessTokenException">The token endpoint rejected the client's credentials.</exception>
    IAsyncEnumerable<Event> ReadEventsAsync(EventPosition position = default, CancellationToken cancellationToken = default);

    /// <summary>Reads the events in pages of up to 1000, as <see cref="ReadEventsAsync"/> does. Use it to process several events in one transaction, or to read only some types.</summary>
    /// <remarks>Store <see cref="EventPage.Position"/>. It advances even if no event has one of the types.</remarks>
    /// <param name="position">The position up to which you have processed the events.</param>
    /// <param name="types">The types of the events. The default is all types.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ArgumentException">The list of types is empty.</exception>
    /// <exception cref="FeedRestartedException">The position is not in the current event record.</exception>
    /// <exception cref="PaymentsApiException">The service rejected the request, for example with 403, or the response cannot be read.</exception>
    /// <exception cref="AccessTokenException">The token endpoint rejected the client's credentials.</exception>
    IAsyncEnumerable<EventPage> ReadEventPagesAsync(
        EventPosition position = default, IEnumerable<EventKind>? types = null, CancellationToken cancellationToken = default);
}

public partial class PaymentsClient
{
    /// <inheritdoc/>
    public virtual async IAsyncEnumerable<Event> ReadEventsAsync(
        EventPosition position = default, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in ReadEventPagesAsync(position, null, cancellationToken).ConfigureAwait(false))
        {
            foreach (var item in page.Events)
            {
                yield return item;
            }
        }
    }

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<EventPage> ReadEventPagesAsync(
        EventPosition position = default, IEnumerable<EventKind>? types = null, CancellationToken cancellationToken = default)
    {
        EventKind[] kinds = [.. types ?? []];
        // An empty list sends no parameter, so the response would contain all types.
        return types is null || kinds.Length > 0
            ? ReadPagesAsync(position, string.Concat(kinds.Select(kind => $"&type={ConvertToString(kind, CultureInfo.InvariantCulture)}")), cancellationToken)
            : throw new ArgumentException("The list of types is empty. Leave it null to read all types.", nameof(types));
    }

    private async IAsyncEnumerable<EventPage> ReadPagesAsync(EventPosition position, string types, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await ReadPageAsync(position, types, cancellationToken).ConfigureAwait(false);
            // From now on a restart is an error, also if the first request had no epoch.
            (var previous, position) = (position.Number, page.Position);
            if (position.Number != previous)
            {
                yield return page;
            }
        }
    }

    private async Task<EventPage> ReadPageAsync(EventPosition position, string types, CancellationToken cancellationToken)
    {
        var epoch = position.Epoch is null ? "" : $"&epoch={Uri.EscapeDataString(position.Epoch)}";
        var query = string.Create(
            CultureInfo.InvariantCulture, $"after={position.Number}&limit=1000&timeout={DependencyInjection.LongPollTimeout.TotalSeconds}{epoch}{types}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/payments/events?{query}")
        {
            Headers = { Accept = { new("application/json"), new("application/problem+json") } },
        };
        request.Options.Set(FeedRequest.Follows, true);
        try
        {
            using var response = await SendStreamAsync(request, cancellationToken).ConfigureAwait(false);
            var headers = response.Headers.ToDictionary(header => header.Key, header => header.Value);
            var events = await ReadObjectResponseAsync<IReadOnlyList<Event>>(response, headers, cancellationToken).ConfigureAwait(false);
            return events.Object is { } read && PositionIn(headers) is { } end
                ? new EventPage(read, end)
                : throw new PaymentsApiException(
                    "The response is not a page of events with the headers Payments-Epoch and Payments-Position.", (int)response.StatusCode, events.Text, headers, null);
        }
        catch (PaymentsApiException<Problem> e) when (e.Result.ErrorCode == "FEED_RESTARTED" && PositionIn(e.Headers) is not null)
        {
            throw new FeedRestartedException(e, PositionIn(e.Headers)!.Value);
        }
    }

    private static EventPosition? PositionIn(IReadOnlyDictionary<string, IEnumerable<string>> headers) =>
        headers.TryGetValue("Payments-Epoch", out var epoch)
        && headers.TryGetValue("Payments-Position", out var position)
        && long.TryParse(position.Single(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new(epoch.Single(), number) : null;
}

/// <summary>Recognizes requests for the feed, which can wait for an event, and those of a program that follows it for ever.</summary>
internal static class FeedRequest
{
    public static readonly HttpRequestOptionsKey<bool> Follows = new("Payments.Client.Follows");

    public static bool IsFeed(this HttpRequestMessage request) => request.RequestUri!.Segments is [.., "payments/", "events"];

    public static bool FollowsFeed(this HttpRequestMessage request) => request.Options.TryGetValue(Follows, out var follows) && follows;
}
