using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Connectors;

/// <summary>The rule that what is reported comes through an installed connector.</summary>
internal static class InstalledConnector
{
    public static FieldError IsMissing { get; } = new("connectorID", "connector is not installed");

    /// <summary>
    /// Ends the reading of a report. The store says by itself that the connector is missing where all else is well; where it is not, the
    /// store is asked, so that one answer names every broken rule.
    /// </summary>
    public static async Task ValidateConnectorAsync(
        this IConnectorRepository connectors, Validation validation, ConnectorId? connectorId, CancellationToken cancellationToken)
    {
        if (validation.HasErrors && connectorId is not null && !await connectors.ExistsAsync(connectorId, cancellationToken))
        {
            validation.Add(IsMissing.Field, IsMissing.Rule);
        }

        validation.ThrowIfInvalid();
    }
}
