namespace Payments.Application.Connectors;

/// <summary>Requests every installed connector, in the order of installation.</summary>
public sealed record ListConnectorsQuery : IRequest<IReadOnlyList<Connector>>;

internal sealed class ListConnectorsHandler(IConnectorRepository connectors)
    : IRequestHandler<ListConnectorsQuery, IReadOnlyList<Connector>>
{
    public Task<IReadOnlyList<Connector>> Handle(ListConnectorsQuery request, CancellationToken cancellationToken) =>
        connectors.ListAsync(cancellationToken);
}
