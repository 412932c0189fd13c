namespace Payments.Application.Inbox;

/// <summary>Maps and applies an entry again, in whatever state it is.</summary>
public sealed record RetryInboxEntryCommand(string Provider, ConnectorId Connector, long Id) : IRequest<InboxEntry>;

/// <summary>Maps and applies all entries again that were received since a time and are not applied.</summary>
/// <param name="Since">The time.</param>
/// <param name="Progress">Called with the state of each entry after it was applied again.</param>
public sealed record RetryInboxCommand(Instant Since, Action<InboxState> Progress) : IRequest<Unit>;

/// <summary>Throw <see cref="NotFoundException"/> if the connector has no such entry, and <see cref="ConflictException"/> if its body was erased.</summary>
internal sealed class RetryInboxHandler(IInbox inbox, InboxProcessor processor) : IRequestHandler<RetryInboxEntryCommand, InboxEntry>, IRequestHandler<RetryInboxCommand, Unit>
{
    private const int PageSize = 500;

    public async Task<InboxEntry> Handle(RetryInboxEntryCommand request, CancellationToken cancellationToken)
    {
        await inbox.GetAsync(request.Provider, request.Connector, request.Id, cancellationToken);
        return await processor.ProcessAsync(request.Id, cancellationToken) is null
            ? throw new ConflictException("The body of this event was erased after the retention time, so it cannot be mapped again.", [])
            : await inbox.GetAsync(request.Provider, request.Connector, request.Id, cancellationToken);
    }

    public async Task<Unit> Handle(RetryInboxCommand request, CancellationToken cancellationToken)
    {
        var after = 0L;
        while (await inbox.ListOpenAsync(request.Since, after, PageSize, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var id in page)
            {
                after = id;
                if (await processor.ProcessAsync(id, cancellationToken) is { } state)
                {
                    request.Progress(state);
                }
            }
        }

        return Unit.Value;
    }
}
