namespace Payments.Domain.Connectors;

/// <summary>Where connectors are kept.</summary>
public interface IConnectorRepository
{
    /// <summary>Stores a connector; false where its provider already has one of that name, ignoring case.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<bool> AddAsync(Connector connector, CancellationToken cancellationToken);

    /// <summary>Whether a connector is installed.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<bool> ExistsAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Every installed connector, in the order of installation.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken);
}
