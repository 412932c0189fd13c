namespace Payments.Application.Connectors;

/// <summary>Requests every installed connector.</summary>
public sealed record ListConnectorsQuery : IRequest<IReadOnlyList<Connector>>;

/// <summary>Returns the connectors in the order of installation.</summary>
public sealed class ListConnectorsHandler(IConnectorRepository connectors)
    : IRequestHandler<ListConnectorsQuery, IReadOnlyList<Connector>>
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<Connector>> Handle(ListConnectorsQuery request, CancellationToken cancellationToken) =>
        connectors.ListAsync(cancellationToken);
}
