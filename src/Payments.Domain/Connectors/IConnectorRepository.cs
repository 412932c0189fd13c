namespace Payments.Domain.Connectors;

/// <summary>The result of removing a connector.</summary>
public enum RemoveOutcome
{
    /// <summary>The connector was removed.</summary>
    Removed = 1,
    /// <summary>No connector has this id.</summary>
    NotInstalled = 2,
    /// <summary>The connector has payments or accounts, so it was not removed.</summary>
    InUse = 3,
}

/// <summary>Stores connectors.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IConnectorRepository
{
    /// <summary>Stores a connector; false if its id, or its name within the provider, is already in use.</summary>
    Task<bool> AddAsync(Connector connector, CancellationToken cancellationToken);

    /// <summary>Removes a connector that has no payments and no accounts. A removal and a concurrent report cannot both succeed.</summary>
    Task<RemoveOutcome> RemoveAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Returns whether a connector is installed.</summary>
    Task<bool> ExistsAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Returns every installed connector in the order of installation.</summary>
    Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken);
}
