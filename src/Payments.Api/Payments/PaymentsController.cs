using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Application.Payments;

namespace Payments.Api.Payments;

/// <summary>Payments.</summary>
[ApiController]
[Route("api/payments/payments")]
[Tags("Payments")]
public sealed class PaymentsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    /// <summary>Records a payment, once.</summary>
    /// <remarks>
    /// Connector, reference and type identify the payment. Sent again with the same content it changes nothing and answers the payment as it
    /// is stored now, with the header Idempotent-Replayed: true. Sent with a status that is new to the payment, it becomes the payment's
    /// next adjustment. So any request may safely be repeated.
    /// </remarks>
    /// <param name="request">The payment as its provider reports it.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The payment as it is stored now.</response>
    /// <response code="400">The body has the wrong shape, or values break their rules; `errors` names each by its field.</response>
    /// <response code="409">The payment is stored with other content, or less is left than is refunded; `errors` names the fields.</response>
    [HttpPost]
    [Authorize(Scope.Write)]
    [ProducesResponseType<PaymentResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status409Conflict)]
    public async Task<ActionResult<PaymentResponse>> CreatePayment(PaymentRequest request, CancellationToken cancellationToken)
    {
        var created = await mediator.Send(mapper.Map<CreatePaymentCommand>(request), cancellationToken);
        if (created.Replayed)
        {
            Response.Headers["Idempotent-Replayed"] = "true";
        }

        return new PaymentResponse(mapper.Map<PaymentData>(created.Payment));
    }
}
