using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Application.Connectors;

namespace Payments.Api.Connectors;

/// <summary>Connectors: the providers' connections that payments come through.</summary>
[ApiController]
[Route("api/payments/connectors")]
[Tags("Connectors")]
public sealed class ConnectorsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    /// <summary>Installs a connector.</summary>
    /// <remarks>This service calls no provider, so whatever else the body holds, such as keys, is neither stored nor logged.</remarks>
    /// <param name="provider">The provider in lower case or by its name in the contract, in any case: stripe, STRIPE, dummypay, DUMMY-PAY.</param>
    /// <param name="request">The connector's name.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="201">The connector's id.</response>
    /// <response code="400">The body has the wrong shape, or the provider or the name breaks its rule.</response>
    /// <response code="409">The provider has a connector of this name.</response>
    [HttpPost("{provider}")]
    [Authorize(Scope.Write)]
    [ProducesResponseType<ConnectorResponse>(StatusCodes.Status201Created)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status409Conflict)]
    public async Task<ActionResult<ConnectorResponse>> InstallConnector(
        string provider, ConnectorRequest request, CancellationToken cancellationToken)
    {
        var connector = await mediator.Send(new InstallConnectorCommand(provider, request.Name), cancellationToken);
        return StatusCode(StatusCodes.Status201Created, new ConnectorResponse(mapper.Map<ConnectorIdentity>(connector)));
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
