using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Http;
using Payments.Api.Lists;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>Payments.</summary>
[ApiController]
[Route("api/payments/payments")]
[Tags("Payments")]
public sealed class PaymentsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    // The list's name in its cursors.
    private const string List = "payments.v1";

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
        return Answer(await mediator.Send(mapper.Map<CreatePaymentCommand>(request), cancellationToken));
    }

    /// <summary>Lists payments, page by page.</summary>
    /// <remarks>
    /// The list is ordered by createdAt, and payments of the same instant by the order of recording. A walk from page to page shows every
    /// payment that was there at its start exactly once, whatever is recorded meanwhile, and a deep page costs what the first one costs.
    /// The parameters that choose payments must all hold; of one that is given more than once any value does. `metadata[key]=value` asks for
    /// an entry of the metadata. `query` is a filter as JSON.
    /// </remarks>
    /// <param name="pageSize">The most payments of a page: 1 to 1000; 0 means 15, and more than 1000 means 1000.</param>
    /// <param name="cursor">The `next` or `previous` of an answer. It carries its order and its filter, so none may stand beside it, and its page size, so another one there says nothing.</param>
    /// <param name="sort">createdAt:desc, the newest first, or createdAt:asc.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The page; Link has its neighbours too (RFC 8288).</response>
    /// <response code="400">A parameter breaks its rule, is not one of this list, or stands beside a cursor; `errors` names it.</response>
    [HttpGet]
    [Authorize(Scope.Read)]
    [ProducesResponseType<CursorResponse<PaymentData>>(StatusCodes.Status200OK)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    public async Task<ActionResult<CursorResponse<PaymentData>>> ListPayments(
        [FromQuery] string? pageSize, [FromQuery] string? cursor, [FromQuery] string? sort, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var query = PaymentFilterParameters.Query(Request);
        var (page, cursorFilter) = ListParameters.Read(List, query, validation, PaymentFilterParameters.Has);
        var (filter, text) = cursorFilter is null
            ? PaymentFilterParameters.Read(query, validation)
            : (PaymentFilterParameters.Read(cursorFilter, validation), cursorFilter);
        validation.ThrowIfInvalid();
        var found = await mediator.Send(new ListPaymentsQuery(filter, page), cancellationToken);
        return this.ToCursorResponse(List, page.Size, found, mapper.Map<IReadOnlyList<PaymentData>>(found.Items), text);
    }

    /// <summary>Reads a payment with all its adjustments.</summary>
    /// <param name="paymentID">The payment's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The payment; ETag changes whenever it does.</response>
    /// <response code="304">The payment is still as If-None-Match says.</response>
    /// <response code="400">The id does not decode.</response>
    /// <response code="404">There is no payment of this id.</response>
    [HttpGet("{paymentID}")]
    [Authorize(Scope.Read)]
    [ProducesResponseType<PaymentResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status304NotModified)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status404NotFound)]
    public async Task<ActionResult<PaymentResponse>> GetPayment(string paymentID, CancellationToken cancellationToken)
    {
        var payment = await mediator.Send(new GetPaymentQuery(Id(paymentID)), cancellationToken);
        return this.IsKnown(payment.Version) ? StatusCode(StatusCodes.Status304NotModified) : new PaymentResponse(mapper.Map<PaymentData>(payment));
    }

    /// <summary>Changes some of a payment's metadata.</summary>
    /// <remarks>The entries are merged into those that are there; null takes an entry out. Of two changes at once neither is lost.</remarks>
    /// <param name="paymentID">The payment's id.</param>
    /// <param name="request">Text by key, or null to take the key out. After merging: at most 50 entries, keys of 1 to 100 characters, values of at most 1000.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="204">The metadata is as asked.</response>
    /// <response code="400">The id does not decode, the body is not an object of strings and nulls, or a limit is broken after merging.</response>
    /// <response code="404">There is no payment of this id.</response>
    /// <response code="412">The payment is no longer as If-Match says.</response>
    [HttpPatch("{paymentID}/metadata")]
    [Authorize(Scope.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status404NotFound)]
    [ProducesResponseType<Problem>(StatusCodes.Status412PreconditionFailed)]
    public async Task<IActionResult> UpdateMetadata(
        string paymentID, [FromBody] Dictionary<string, string?> request, CancellationToken cancellationToken)
    {
        await mediator.Send(new UpdateMetadataCommand(Id(paymentID), request, IfMatch()), cancellationToken);
        return NoContent();
    }

    /// <summary>Adds a further step to a payment's life, once.</summary>
    /// <remarks>
    /// Reference and status identify the step within its payment: the same step again changes nothing and answers Idempotent-Replayed: true.
    /// Steps may come in any order; the payment's status is that of the step with the latest createdAt. REFUNDED takes its amount off the
    /// payment's amount, so a second partial refund has a reference of its own.
    /// </remarks>
    /// <param name="paymentID">The payment's id.</param>
    /// <param name="request">The step.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The payment as it is stored now.</response>
    /// <response code="400">The id does not decode, the body has the wrong shape, or values break their rules; `errors` names each by its field.</response>
    /// <response code="404">There is no payment of this id.</response>
    /// <response code="409">The step is stored with another createdAt or amount, less is left than is refunded, or the payment has had 1000 steps; `errors` names the fields.</response>
    [HttpPost("{paymentID}/adjustments")]
    [Authorize(Scope.Write)]
    [ProducesResponseType<PaymentResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status404NotFound)]
    [ProducesResponseType<Problem>(StatusCodes.Status409Conflict)]
    public async Task<ActionResult<PaymentResponse>> AddAdjustment(
        string paymentID, AdjustmentRequest request, CancellationToken cancellationToken) =>
        Answer(await mediator.Send(mapper.Map<AdjustPaymentCommand>(request) with { PaymentId = Id(paymentID) }, cancellationToken));

    private PaymentResponse Answer(RecordedPayment changed)
    {
        Response.MarkIfReplayed(changed.Outcome);
        return new PaymentResponse(mapper.Map<PaymentData>(changed.Payment));
    }

    private static PaymentId Id(string text) =>
        PaymentId.TryParse(text, out var id) ? id : throw new InvalidIdException($"The payment's id {PaymentId.Rule}.");

    /// <summary>The versions that If-Match allows; null if it allows any.</summary>
    private List<string>? IfMatch()
    {
        // A header that cannot be read allows no version, so that its sender overwrites nothing unseen.
        var tags = Request.GetTypedHeaders().IfMatch;
        return Request.Headers.IfMatch.Count == 0 || tags.Contains(EntityTagHeaderValue.Any)
            ? null
            : [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString().Trim('"'))];
    }
}
