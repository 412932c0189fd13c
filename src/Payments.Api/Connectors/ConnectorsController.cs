using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Application.Connectors;
using Payments.Domain.Connectors;

namespace Payments.Api.Connectors;

/// <summary>Connectors: the providers' connections that payments come through.</summary>
[ApiController]
[Route("api/payments/connectors")]
[Tags("Connectors")]
public sealed class ConnectorsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    /// <summary>Installs a connector.</summary>
    /// <remarks>
    /// This service calls no provider, so whatever else the body holds, such as keys, is neither stored nor logged. With a connectorID, the same
    /// request again answers the same connector; without one it conflicts with the first.
    /// </remarks>
    /// <param name="provider">The provider in lower case or by its name in the contract, in any case: stripe, STRIPE, dummypay, DUMMY-PAY.</param>
    /// <param name="request">The connector's name, and its id where it has one in another installation.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="201">The connector's id.</response>
    /// <response code="400">The body has the wrong shape, or the provider, the name or the id breaks its rule.</response>
    /// <response code="409">The provider has another connector of this name, or this connector under another one.</response>
    [HttpPost("{provider}")]
    [Authorize(Scope.Write)]
    [ProducesResponseType<ConnectorResponse>(StatusCodes.Status201Created)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status409Conflict)]
    public async Task<ActionResult<ConnectorResponse>> InstallConnector(
        string provider, ConnectorRequest request, CancellationToken cancellationToken)
    {
        var connector = await mediator.Send(new InstallConnectorCommand(provider, request.Name, request.ConnectorId), cancellationToken);
        return StatusCode(StatusCodes.Status201Created, new ConnectorResponse(mapper.Map<ConnectorIdentity>(connector)));
    }

    /// <summary>Uninstalls a connector that nothing has come through.</summary>
    /// <remarks>Its name is free again. A connector that payments or accounts came through stays: its past is never deleted.</remarks>
    /// <param name="provider">The connector's provider, in any of the forms that its installation takes.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="204">The connector is uninstalled.</response>
    /// <response code="400">The id does not decode.</response>
    /// <response code="404">The provider has no connector of this id, or no more.</response>
    /// <response code="409">Payments or accounts came through the connector.</response>
    [HttpDelete("{provider}/{connectorID}")]
    [Authorize(Scope.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status404NotFound)]
    [ProducesResponseType<Problem>(StatusCodes.Status409Conflict)]
    public async Task<IActionResult> UninstallConnector(string provider, string connectorID, CancellationToken cancellationToken)
    {
        await mediator.Send(new UninstallConnectorCommand(provider, InvalidIdException.Read<ConnectorId>(connectorID)), cancellationToken);
        return NoContent();
    }

    /// <summary>Lists the installed connectors.</summary>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">Every connector, in the order of installation.</response>
    [HttpGet]
    [Authorize(Scope.Read)]
    [ProducesResponseType<ConnectorsResponse>(StatusCodes.Status200OK)]
    public async Task<ActionResult<ConnectorsResponse>> ListConnectors(CancellationToken cancellationToken)
    {
        var connectors = await mediator.Send(new ListConnectorsQuery(), cancellationToken);
        return new ConnectorsResponse(mapper.Map<IReadOnlyList<ConnectorData>>(connectors));
    }

}
