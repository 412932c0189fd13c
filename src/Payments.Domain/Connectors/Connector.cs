namespace Payments.Domain.Connectors;

/// <summary>A provider's connection that a company installed; its payments carry its id. No provider's secret is kept.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">Unique within the provider, ignoring case.</param>
/// <param name="InstalledAt">When it was installed.</param>
public sealed record Connector(ConnectorId Id, ConnectorName Name, Instant InstalledAt);
