namespace Payments.Domain.Connectors;

/// <summary>Validates the connector of a report.</summary>
public static class ConnectorValidation
{
    /// <summary>Throws <see cref="ValidationException"/> if a rule is broken. The errors include a connector that is not installed.</summary>
    /// <remarks>A valid report costs no lookup here, because storing it fails if its connector is not installed.</remarks>
    public static async Task ValidateConnectorAsync(
        this IConnectorRepository connectors, Validation validation, ConnectorId? connectorId, CancellationToken cancellationToken)
    {
        var isMissing = validation.HasErrors && connectorId is not null && !await connectors.ExistsAsync(connectorId, cancellationToken);
        validation.AddIf(isMissing, Connector.NotInstalled.Field, Connector.NotInstalled.Rule);
        validation.ThrowIfInvalid();
    }
}
