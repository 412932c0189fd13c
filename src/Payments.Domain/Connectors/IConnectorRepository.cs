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
    /// <param name="connector">The connector.</param>
    /// <param name="settings">Its settings as JSON, which are encrypted; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait for the response.</param>
    Task<bool> AddAsync(Connector connector, string? settings, CancellationToken cancellationToken);

    /// <summary>Stores a connector without settings.</summary>
    Task<bool> AddAsync(Connector connector, CancellationToken cancellationToken) => AddAsync(connector, null, cancellationToken);

    /// <summary>Removes a connector that has no payments and no accounts, and its settings. A removal and a concurrent report cannot both succeed.</summary>
    Task<RemoveOutcome> RemoveAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Returns whether a connector is installed.</summary>
    Task<bool> ExistsAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Returns a connector; null if it is not installed.</summary>
    Task<Connector?> FindAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Returns every installed connector in the order of installation.</summary>
    Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>The settings of connectors: JSON with the secrets that verify their provider's webhooks. They are encrypted in the database.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IConnectorSettings
{
    /// <summary>Returns whether a connector is installed, and its settings; null if it has none.</summary>
    Task<(bool IsInstalled, string? Settings)> FindSettingsAsync(ConnectorId id, CancellationToken cancellationToken);

    /// <summary>Returns the settings of every connector that has some.</summary>
    Task<IReadOnlyDictionary<ConnectorId, string>> ListSettingsAsync(CancellationToken cancellationToken);

    /// <summary>Replaces the settings of a connector. The change is made again if another one was stored first.</summary>
    /// <exception cref="NotFoundException">The connector is not installed.</exception>
    Task ChangeSettingsAsync(ConnectorId id, Func<string?, string> change, CancellationToken cancellationToken);

    /// <summary>Returns the connectors that have settings, in the order of installation.</summary>
    Task<IReadOnlyList<Connector>> ListConfiguredAsync(CancellationToken cancellationToken);
}
