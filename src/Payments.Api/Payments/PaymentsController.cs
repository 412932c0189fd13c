using Microsoft.Net.Http.Headers;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Api.Lists;

namespace Payments.Api.Payments;

/// <summary>Payments and their history.</summary>
[Route("api/payments/payments")]
public sealed class PaymentsController(IMediator mediator, IMapper mapper, IOptions<JsonOptions> json) : ControllerBase
{
    private const string List = "payments";

    /// <summary>Records a payment, or a new status of a payment.</summary>
    /// <remarks>
    /// The connector, the reference and the type identify the payment. It is always safe to send a request again.
    /// Reports can arrive in any order, and a status can recur. The service sorts all reports of a payment by `createdAt` and derives the payment
    /// from them. `createdAt` is the provider's time of the event, so a repeated report has the same `createdAt`. A poller must not send its own
    /// time.
    /// - If the payment is new, it is created. Its first report can have any status, even REFUNDED.
    /// - If no recorded report has this status and `createdAt`, the report is recorded as an adjustment under the payment's own reference.
    /// - A later report can fill in an `unknown` scheme and missing accounts, and can add metadata keys.
    /// - If the report repeats what is recorded, nothing changes, and the response has the header `Idempotent-Replayed: true`.
    /// - If the report contradicts what is recorded, or repeats the previous status with another `createdAt`, the response is 409, and nothing changes.
    /// - All REFUNDED reports under the payment's own reference have the same amount. Record a further refund, or a further capture, as an
    ///   adjustment under the reference of that refund or capture.
    /// </remarks>
    /// <param name="request">The payment as its provider reports it.</param>
    /// <response code="200">The payment as it is recorded now.</response>
    /// <response code="400">The body has the wrong shape, or values break their rules. `errors` names each field.</response>
    /// <response code="409">The report contradicts what is recorded, repeats the previous status with another `createdAt`, or refunds more than is left. `errors` names each field and the right value. Nothing was recorded.</response>
    [HttpPost, Authorize(Scope.Write), ReplayHeader]
    public async Task<ActionResult<PaymentResponse>> CreatePayment(PaymentRequest request, CancellationToken cancellationToken) =>
        Recorded(await mediator.Send(mapper.Map<CreatePaymentCommand>(request), cancellationToken));

    /// <summary>Lists payments page by page.</summary>
    /// <remarks>
    /// Payments are sorted by `createdAt`. Payments with the same `createdAt` are sorted by the order of recording. A deep page is as fast as the
    /// first.
    /// - A page ends early, but has at least one payment, if the `raw` objects of its adjustments would exceed 8 MiB. `next` then continues after it.
    /// - A payment must match every filter parameter. If a parameter is repeated, the payment must match one of its values.
    /// - Paging newest first shows each payment that existed at the start, even if payments are recorded at the same time.
    /// - If an earlier event of a payment arrives while you page, the payment moves to an earlier date. Then it can appear twice or, if you page
    ///   oldest first, be missing.
    /// </remarks>
    /// <response code="200">The page. The Link header has the URLs of the pages before and after it (RFC 8288).</response>
    /// <response code="400">A parameter breaks its rule, is unknown, or cannot be combined with `cursor`. `errors` names each parameter.</response>
    [HttpGet, Authorize(Scope.Read)]
    [OpenApiOperationProcessor(typeof(PageParameters)), OpenApiOperationProcessor(typeof(PaymentFilterRequest))]
    public async Task<ActionResult<CursorResponse<PaymentData>>> ListPayments(CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var query = PaymentFilterRequest.Query(Request);
        var (page, cursorFilter) = ListParameters.Read(List, query, validation, PaymentFilterParameters.Find);
        var (filter, text) = cursorFilter is null
            ? PaymentFilterRequest.Read(query, validation)
            : (PaymentFilterRequest.Read(cursorFilter, validation), cursorFilter);
        validation.ThrowIfInvalid();
        var buffer = new JsonBuffer(json.Value.JsonSerializerOptions);
        var found = await mediator.Send(new ListPaymentsQuery(filter, page, payment => buffer.Append(mapper.Map<PaymentData>(payment))), cancellationToken);
        Response.RegisterForDispose(buffer);
        return Ok(this.ToCursorResponse(List, page.Size, found, place => buffer[place], text));
    }

    /// <summary>Reads a payment with its adjustments.</summary>
    /// <param name="paymentID">The payment's id.</param>
    /// <response code="200">The payment. Its ETag changes when the payment changes.</response>
    /// <response code="304">The payment still has the ETag that If-None-Match contains.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No payment has this id.</response>
    [HttpGet("{paymentID}"), Authorize(Scope.Read)]
    public async Task<ActionResult<PaymentResponse>> GetPayment(string paymentID, CancellationToken cancellationToken)
    {
        var payment = await mediator.Send(new GetPaymentQuery(InvalidIdException.Read<PaymentId>(paymentID)), cancellationToken);
        return this.IsNotModified(payment.Version) ? StatusCode(StatusCodes.Status304NotModified) : new PaymentResponse(mapper.Map<PaymentData>(payment));
    }

    /// <summary>Changes entries of a payment's metadata.</summary>
    /// <remarks>
    /// A string sets an entry, and null removes it. Other entries do not change. Requests that change different entries at the same time do not
    /// overwrite each other. To change only the version that you have read, send its ETag in If-Match.
    /// </remarks>
    /// <param name="paymentID">The payment's id.</param>
    /// <param name="request">The new value of each key; null removes the key. The limits of `metadata` apply to the result.</param>
    /// <response code="204">The metadata has the requested entries.</response>
    /// <response code="400">The id cannot be decoded, the body is not an object of strings and nulls, or the result exceeds a limit.</response>
    /// <response code="404">No payment has this id.</response>
    /// <response code="412">The payment no longer has the ETag that If-Match contains.</response>
    [HttpPatch("{paymentID}/metadata"), Authorize(Scope.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> UpdateMetadata(string paymentID, [FromBody] Dictionary<string, string?> request, CancellationToken cancellationToken)
    {
        await mediator.Send(new UpdateMetadataCommand(InvalidIdException.Read<PaymentId>(paymentID), request, IfMatch()), cancellationToken);
        return NoContent();
    }

    /// <summary>Adds an adjustment to a payment.</summary>
    /// <remarks>
    /// Use it for an event that has its own reference at the provider: a refund, a dispute or a capture. The reference, the status and `createdAt`
    /// identify the adjustment. If the request repeats a recorded adjustment, nothing changes, and the response has the header
    /// `Idempotent-Replayed: true`.
    /// Adjustments can arrive in any order. The adjustment with the latest `createdAt` gives the payment its status.
    /// - REFUNDED subtracts its amount from the payment's `amount`. Record each refund under its own reference.
    /// - REFUNDED_FAILURE under the same reference gives the whole refund back, whatever its own amount is. The refund can be recorded again with a
    ///   later `createdAt`.
    /// - SUCCEEDED is a capture of an authorization. The amounts of several captures are added.
    /// </remarks>
    /// <param name="paymentID">The payment's id.</param>
    /// <param name="request">The adjustment.</param>
    /// <response code="200">The payment as it is recorded now.</response>
    /// <response code="400">The id cannot be decoded, the body has the wrong shape, or values break their rules. `errors` names each field.</response>
    /// <response code="404">No payment has this id.</response>
    /// <response code="409">The adjustment contradicts what is recorded, repeats the previous status with another `createdAt`, or refunds more than is left, or the payment already has 1000 adjustments. `errors` names each field and the right value. Nothing was recorded.</response>
    [HttpPost("{paymentID}/adjustments"), Authorize(Scope.Write), ReplayHeader]
    public async Task<ActionResult<PaymentResponse>> AddAdjustment(string paymentID, AdjustmentRequest request, CancellationToken cancellationToken) =>
        Recorded(await mediator.Send(
            mapper.Map<AdjustPaymentCommand>(request) with { PaymentId = InvalidIdException.Read<PaymentId>(paymentID) }, cancellationToken));

    private PaymentResponse Recorded(RecordedPayment recorded)
    {
        Response.MarkIfReplayed(recorded.Outcome);
        return new PaymentResponse(mapper.Map<PaymentData>(recorded.Payment));
    }

    /// <summary>The versions that If-Match allows; null if it allows any.</summary>
    private List<string>? IfMatch()
    {
        // A header that cannot be read allows no version, because its client must not overwrite a version that it has not read.
        var tags = Request.GetTypedHeaders().IfMatch;
        return Request.Headers.IfMatch.Count == 0 || tags.Contains(EntityTagHeaderValue.Any)
            ? null
            : [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString().Trim('"'))];
    }
}
