using Payments.Application.Payments;

namespace Payments.Application.Events;

/// <summary>Requests events after a position.</summary>
/// <param name="Epoch">The epoch in which the position was read; null for the current one.</param>
/// <param name="After">The position; 0 for the beginning.</param>
/// <param name="Limit">The max number of events.</param>
/// <param name="Kinds">The kinds to return.</param>
public sealed record ListEventsQuery(string? Epoch, long After, int Limit, EventKind Kinds) : IRequest<EventPage>;

/// <summary>Requests the newest events before a position that match a filter, newest first.</summary>
public sealed record ListNewestEventsQuery(EventFilter Filter, long Before = long.MaxValue) : IRequest<EventPage>;

/// <summary>Requests the identity of the event record and its last event.</summary>
public sealed record FindEventRecordQuery : IRequest<EventRecord>;

/// <summary>Requests to wait until there is an event after a position.</summary>
public sealed record WaitForEventsQuery(long After) : IRequest<Unit>;

/// <summary>Requests the events of a payment after a position.</summary>
public sealed record ListPaymentEventsQuery(PaymentId PaymentId, long After, int Limit) : IRequest<EventPage>;

/// <summary>The position was read in an epoch that a restore has ended, or it is after the last event.</summary>
public sealed class FeedRestartedException(EventRecord record) : Exception(
    $"The event record does not have this position: its epoch is {record.Epoch} and its last position is {record.Position}. If the request repeats what the service "
    + "returned, the record restarted, for example because a backup was restored. Then events that you have read may be missing from it. Read it again from a position that you trust.")
{
    /// <summary>The record as it is now.</summary>
    public EventRecord Record { get; } = record;
}

/// <summary>Returns the events. Throws <see cref="FeedRestartedException"/> if the position is not one of the current epoch.</summary>
internal sealed class ListEventsHandler(IEventReader events) : IRequestHandler<ListEventsQuery, EventPage>
{
    public async Task<EventPage> Handle(ListEventsQuery request, CancellationToken cancellationToken)
    {
        var page = await events.ListAsync(request.After, request.Limit, request.Kinds, cancellationToken);
        return (request.Epoch is null || request.Epoch == page.Record.Epoch) && request.After <= page.Record.Position
            ? page
            : throw new FeedRestartedException(page.Record);
    }
}

/// <summary>See <see cref="IEventReader.ListNewestAsync"/>.</summary>
internal sealed class ListNewestEventsHandler(IEventReader events) : IRequestHandler<ListNewestEventsQuery, EventPage>
{
    public Task<EventPage> Handle(ListNewestEventsQuery request, CancellationToken cancellationToken) =>
        events.ListNewestAsync(request.Filter, request.Before, cancellationToken);
}

internal sealed class FindEventRecordHandler(IEventReader events) : IRequestHandler<FindEventRecordQuery, EventRecord>
{
    public Task<EventRecord> Handle(FindEventRecordQuery request, CancellationToken cancellationToken) => events.FindRecordAsync(cancellationToken);
}

internal sealed class WaitForEventsHandler(IEventReader events) : IRequestHandler<WaitForEventsQuery, Unit>
{
    public async Task<Unit> Handle(WaitForEventsQuery request, CancellationToken cancellationToken)
    {
        await events.WaitAsync(request.After, cancellationToken);
        return Unit.Value;
    }
}

/// <summary>Returns the events, oldest first. Throws <see cref="NotFoundException"/> if the payment does not exist.</summary>
internal sealed class ListPaymentEventsHandler(IEventReader events, IPaymentReader payments) : IRequestHandler<ListPaymentEventsQuery, EventPage>
{
    public async Task<EventPage> Handle(ListPaymentEventsQuery request, CancellationToken cancellationToken)
    {
        var page = await events.ListAsync(request.PaymentId, request.After, request.Limit, cancellationToken);
        return page.Events.Count > 0 || await payments.FindPositionAsync(request.PaymentId, cancellationToken) is not null
            ? page
            : throw new NotFoundException("No payment has this id.");
    }
}
