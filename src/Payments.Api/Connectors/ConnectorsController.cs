using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Application.Connectors;

namespace Payments.Api.Connectors;

/// <summary>Connectors: your connections to payment providers. Each payment and account belongs to one.</summary>
[Route("api/payments/connectors")]
public sealed class ConnectorsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    /// <summary>Installs a connector.</summary>
    /// <remarks>
    /// The body can have the settings that `PATCH` accepts. The service does not call providers, so it does not store or log other members, such as
    /// API keys. Without `connectorID`, a second request with the same name returns 409. With `connectorID`, a second request returns the same
    /// connector and does not change its settings.
    /// </remarks>
    /// <param name="provider">The provider, such as `stripe` or `DUMMY-PAY`, ignoring case. You can choose other names of 1 to 64 letters and digits.</param>
    /// <param name="request">The connector.</param>
    /// <response code="201">The connector's id.</response>
    /// <response code="400">The body has the wrong shape, or the provider, the name, the id or a setting breaks its rule. `errors` names each field.</response>
    /// <response code="409">The name is already in use, or this connector is already installed under another name.</response>
    [HttpPost("{provider}"), Authorize(Scope.Write), ProducesResponseType<ConnectorResponse>(StatusCodes.Status201Created)]
    public async Task<ActionResult<ConnectorResponse>> InstallConnector(string provider, ConnectorRequest request, CancellationToken cancellationToken)
    {
        var connector = await mediator.Send(new InstallConnectorCommand(provider, request.Name, request.ConnectorId) { Others = request.Others }, cancellationToken);
        return StatusCode(StatusCodes.Status201Created, new ConnectorResponse(mapper.Map<ConnectorIdentity>(connector)));
    }

    /// <summary>Changes settings of a connector, such as the secrets of its webhooks.</summary>
    /// <remarks>Settings that are left out stay, and null removes a setting. The next webhook is verified with the new settings.</remarks>
    /// <param name="provider">The connector's provider, ignoring case.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <param name="request">The settings to change.</param>
    /// <response code="204">The settings are changed.</response>
    /// <response code="400">The id cannot be decoded, the body has the wrong shape, or a setting is unknown, missing or breaks its rule. `errors` names each setting.</response>
    /// <response code="404">The provider has no connector with this id.</response>
    [HttpPatch("{provider}/{connectorID}"), Authorize(Scope.Write), ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> ConfigureConnector(string provider, string connectorID, ConnectorSettingsRequest request, CancellationToken cancellationToken)
    {
        await mediator.Send(new ConfigureConnectorCommand(provider, InvalidIdException.Read<ConnectorId>(connectorID), request.Settings), cancellationToken);
        return NoContent();
    }

    /// <summary>Uninstalls a connector that has no payments and no accounts.</summary>
    /// <remarks>
    /// Its settings are deleted. Events of its provider stay in the database, and the service does not apply them. The name of the connector can
    /// then be used again. A connector with payments or accounts cannot be uninstalled, because payments and
    /// accounts are never deleted.
    /// </remarks>
    /// <param name="provider">The connector's provider, ignoring case.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <response code="204">The connector is uninstalled.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">The provider has no connector with this id, or it is already uninstalled.</response>
    /// <response code="409">The connector has payments or accounts.</response>
    [HttpDelete("{provider}/{connectorID}"), Authorize(Scope.Write), ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> UninstallConnector(string provider, string connectorID, CancellationToken cancellationToken)
    {
        await mediator.Send(new UninstallConnectorCommand(provider, InvalidIdException.Read<ConnectorId>(connectorID)), cancellationToken);
        return NoContent();
    }

    /// <summary>Lists the installed connectors.</summary>
    /// <response code="200">All connectors, in the order of installation.</response>
    [HttpGet, Authorize(Scope.Read)]
    public async Task<ActionResult<ConnectorsResponse>> ListConnectors(CancellationToken cancellationToken) =>
        new ConnectorsResponse(mapper.Map<IReadOnlyList<ConnectorData>>(await mediator.Send(new ListConnectorsQuery(), cancellationToken)));
}
