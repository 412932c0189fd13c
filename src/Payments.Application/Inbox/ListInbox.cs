using Payments.Application.Providers;

namespace Payments.Application.Inbox;

/// <summary>Requests a page of the inbox of a connector, in one state or all, without bodies.</summary>
public sealed record ListInboxQuery(string Provider, ConnectorId Connector, InboxState? State, PageRequest Page) : IRequest<Page<InboxEntry>>
{
    /// <summary>The payment of the connector whose entries are requested; null for all entries.</summary>
    public PaymentId? Payment { get; init; }
}

/// <summary>Requests an entry of the inbox, with its body.</summary>
public sealed record GetInboxEntryQuery(string Provider, ConnectorId Connector, long Id) : IRequest<InboxEntry>;

/// <summary>Throw <see cref="NotFoundException"/> if the connector is not installed or has no such entry.</summary>
internal sealed class ReadInboxHandler(IInbox inbox, IConnectorRepository connectors)
    : IRequestHandler<ListInboxQuery, Page<InboxEntry>>, IRequestHandler<GetInboxEntryQuery, InboxEntry>
{
    public async Task<Page<InboxEntry>> Handle(ListInboxQuery request, CancellationToken cancellationToken) =>
        request.Connector.IsOf(request.Provider) && await connectors.ExistsAsync(request.Connector, cancellationToken)
            ? await inbox.ListAsync(request.Connector, request.Payment, request.State, request.Page, cancellationToken)
            : throw new NotFoundException("The provider has no connector with this id.");

    public Task<InboxEntry> Handle(GetInboxEntryQuery request, CancellationToken cancellationToken) =>
        inbox.GetAsync(request.Provider, request.Connector, request.Id, cancellationToken);
}

internal static class InboxReading
{
    public static async Task<InboxEntry> GetAsync(this IInbox inbox, string provider, ConnectorId connector, long id, CancellationToken cancellationToken) =>
        await inbox.FindAsync(id, cancellationToken) is { } entry && entry.Connector == connector && connector.IsOf(provider)
            ? entry
            : throw new NotFoundException("The connector has no inbox entry with this id.");

    /// <summary>Returns the payment that the first successful lookup finds; null if none does.</summary>
    public static async Task<FoundPayment?> FindPaymentAsync(
        this IInbox inbox, ConnectorId connector, IReadOnlyList<PaymentLookup> lookups, CancellationToken cancellationToken)
    {
        FoundPayment? found = null;
        for (var i = 0; found is null && i < lookups.Count; i++)
        {
            found = await inbox.FindPaymentAsync(connector, lookups[i], cancellationToken);
        }

        return found;
    }
}
