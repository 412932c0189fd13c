namespace Payments.Domain.Connectors;

/// <summary>An installed connection to a provider; its payments carry its id. No secret of the provider is stored.</summary>
/// <param name="Id">The connector's identity.</param>
/// <param name="Name">Unique within the provider, ignoring case.</param>
/// <param name="InstalledAt">The time of the installation.</param>
public sealed record Connector(ConnectorId Id, ConnectorName Name, Instant InstalledAt)
{
    /// <summary>The error of a report whose connector is not installed.</summary>
    public static FieldError NotInstalled { get; } = new("connectorID", "must be the id of an installed connector; no installed connector has this id");
}
