using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Connectors;

/// <summary>Checks that the connector of a report is installed.</summary>
internal static class ConnectorValidation
{
    /// <summary>Ends the validation of a report; <see cref="ValidationException"/> names every broken rule.</summary>
    /// <remarks>A valid report is not looked up here: storing it finds out whether its connector is installed.</remarks>
    public static async Task ValidateConnectorAsync(
        this IConnectorRepository connectors, Validation validation, ConnectorId? connectorId, CancellationToken cancellationToken)
    {
        if (validation.HasErrors && connectorId is not null && !await connectors.ExistsAsync(connectorId, cancellationToken))
        {
            validation.Add(Connector.NotInstalled.Field, Connector.NotInstalled.Rule);
        }

        validation.ThrowIfInvalid();
    }
}
