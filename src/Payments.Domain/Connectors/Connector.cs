namespace Payments.Domain.Connectors;

/// <summary>An installed connection to a provider. Payments and accounts have its id. The provider's secrets are not stored.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name, which is unique within the provider, ignoring case.</param>
/// <param name="InstalledAt">The time of the installation.</param>
public sealed record Connector(ConnectorId Id, ConnectorName Name, Instant InstalledAt)
{
    /// <summary>The error if the connector of a report is not installed.</summary>
    public static FieldError NotInstalled { get; } = new(
        "connectorID",
        "must be the id of an installed connector; no installed connector has this id. "
        + "To install it, send a name and this connectorID to POST /api/payments/connectors/{provider}");
}
