namespace Payments.Domain.Connectors;

/// <summary>What became of removing a connector.</summary>
public enum RemoveOutcome
{
    /// <summary>It is gone.</summary>
    Removed = 1,

    /// <summary>There is none of this id.</summary>
    NotInstalled = 2,

    /// <summary>Payments or accounts came through it, so it stays.</summary>
    InUse = 3,
}

/// <summary>Where connectors are kept.</summary>
public interface IConnectorRepository
{
    /// <summary>Stores a connector; false where its provider already has one of that name, ignoring case.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<bool> AddAsync(Connector connector, CancellationToken cancellationToken);

    /// <summary>Removes a connector that nothing came through; of a removal and a payment or an account at once, one comes first and the other one is told.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<RemoveOutcome> RemoveAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Whether a connector is installed.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<bool> ExistsAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Every installed connector, in the order of installation.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken);
}
