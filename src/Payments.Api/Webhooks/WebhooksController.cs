using Microsoft.AspNetCore.Mvc.ModelBinding;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Lists;
using Payments.Application.Webhooks;

namespace Payments.Api.Webhooks;

/// <summary>Webhook endpoints: URLs that the service calls for each event, signed by Standard Webhooks 1.0.0.</summary>
[Route("api/payments/webhooks")]
public sealed class WebhooksController(IMediator mediator, IMapper mapper, TimeProvider clock) : ControllerBase
{
    private const string List = "webhooks";
    private const string DeliveryList = "deliveries";

    // Each delivery has several attempts with up to 1 KiB of a response.
    private const int MaxDeliveries = 100;

    /// <summary>Creates a webhook endpoint.</summary>
    /// <remarks>
    /// The endpoint gets the events after its creation, each at least once. Its first event is its own `webhook.created`. A delivery is a POST
    /// with the JSON body `{"type", "timestamp", "data"}`, where `data` is the data of the event in the feed. The header `webhook-id` is the same
    /// for every delivery of an event.
    /// </remarks>
    /// <param name="request">The endpoint.</param>
    /// <response code="201">The endpoint with its secret, which is not returned again.</response>
    /// <response code="400">The body has the wrong shape, or values break their rules. `errors` names each field.</response>
    /// <response code="409">There are as many endpoints as the setting `Webhooks:MaxEndpoints` allows.</response>
    [HttpPost, Authorize(Scope.Write), ProducesResponseType<WebhookResponse>(StatusCodes.Status201Created)]
    public async Task<ActionResult<WebhookResponse>> CreateWebhook(WebhookRequest request, CancellationToken cancellationToken) =>
        StatusCode(StatusCodes.Status201Created, WithSecret(await mediator.Send(mapper.Map<CreateWebhookCommand>(request), cancellationToken)));

    /// <summary>Lists webhook endpoints page by page.</summary>
    /// <response code="200">The page. The Link header has the URLs of the pages before and after it (RFC 8288).</response>
    /// <response code="400">A parameter breaks its rule, is unknown, or cannot be combined with `cursor`. `errors` names each parameter.</response>
    [HttpGet, Authorize(Scope.Read), OpenApiOperationProcessor(typeof(PageParameters))]
    public async Task<ActionResult<CursorResponse<WebhookData>>> ListWebhooks(CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var (page, _) = ListParameters.Read(List, Request.Query, validation);
        validation.ThrowIfInvalid();
        var found = await mediator.Send(new ListWebhooksQuery(page), cancellationToken);
        return this.ToCursorResponse(List, page.Size, found, Data);
    }

    /// <summary>Reads a webhook endpoint.</summary>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <response code="200">The endpoint.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpGet("{webhookID}"), Authorize(Scope.Read)]
    public async Task<ActionResult<WebhookResponse>> GetWebhook(string webhookID, CancellationToken cancellationToken) =>
        new WebhookResponse(Data(await mediator.Send(new GetWebhookQuery(Id(webhookID)), cancellationToken)));

    /// <summary>Changes settings of a webhook endpoint.</summary>
    /// <remarks>Attempts that begin more than a second later use the new settings, retries included.</remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <param name="request">The settings to change.</param>
    /// <response code="200">The endpoint.</response>
    /// <response code="400">The id cannot be decoded, the body has the wrong shape, or values break their rules. `errors` names each field.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpPatch("{webhookID}"), Authorize(Scope.Write)]
    public async Task<ActionResult<WebhookResponse>> UpdateWebhook(string webhookID, WebhookUpdate request, CancellationToken cancellationToken) =>
        new WebhookResponse(Data(await mediator.Send(
            new UpdateWebhookCommand(Id(webhookID), request.Url, request.Types, request.Description, request.Ordered), cancellationToken)));

    /// <summary>Deletes a webhook endpoint, its secrets and its recorded deliveries.</summary>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <response code="204">The endpoint is deleted.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No endpoint has this id, or it is already deleted.</response>
    [HttpDelete("{webhookID}"), Authorize(Scope.Write), ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> DeleteWebhook(string webhookID, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteWebhookCommand(Id(webhookID)), cancellationToken);
        return NoContent();
    }

    /// <summary>Replaces the secret of a webhook endpoint.</summary>
    /// <remarks>For 24 hours, the earlier secret also signs, so that receivers can replace theirs in this time. A second rotation in this time returns 409.</remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <param name="request">The new secret. Without a body, the service makes one.</param>
    /// <response code="200">The endpoint with its new secret, which is not returned again.</response>
    /// <response code="400">The id cannot be decoded, the body has the wrong shape, or the secret breaks its rule.</response>
    /// <response code="404">No endpoint has this id.</response>
    /// <response code="409">A rotation is open, or the secret is already in use.</response>
    [HttpPost("{webhookID}/rotate-secret"), Authorize(Scope.Write)]
    public async Task<ActionResult<WebhookResponse>> RotateWebhookSecret(
        string webhookID, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] SecretRotation? request, CancellationToken cancellationToken) =>
        WithSecret(await mediator.Send(new RotateWebhookSecretCommand(Id(webhookID), request?.Secret), cancellationToken));

    /// <summary>Stops deliveries to a webhook endpoint until it is resumed.</summary>
    /// <remarks>Deliveries stop within a second. Pausing twice changes nothing.</remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <response code="200">The endpoint.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpPost("{webhookID}/pause"), Authorize(Scope.Write)]
    public async Task<ActionResult<WebhookResponse>> PauseWebhook(string webhookID, CancellationToken cancellationToken) =>
        new WebhookResponse(Data(await mediator.Send(new PauseWebhookCommand(Id(webhookID)), cancellationToken)));

    /// <summary>Resumes a webhook endpoint that is paused or disabled.</summary>
    /// <remarks>Deliveries continue after the last event that the endpoint got. No event is left out. Resuming twice changes nothing.</remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <response code="200">The endpoint.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpPost("{webhookID}/resume"), Authorize(Scope.Write)]
    public async Task<ActionResult<WebhookResponse>> ResumeWebhook(string webhookID, CancellationToken cancellationToken) =>
        new WebhookResponse(Data(await mediator.Send(new ResumeWebhookCommand(Id(webhookID)), cancellationToken)));

    /// <summary>Sends a test event to a webhook endpoint and returns the result.</summary>
    /// <remarks>The event has the type `webhook.test`. It is signed and sent by the same rules as every delivery, in whatever state the endpoint is.</remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <response code="200">The attempt. It succeeded if its status is 200 to 299.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpPost("{webhookID}/test"), Authorize(Scope.Write)]
    public async Task<ActionResult<WebhookTestResponse>> TestWebhook(string webhookID, CancellationToken cancellationToken) =>
        new WebhookTestResponse(mapper.Map<DeliveryAttempt>(await mediator.Send(new TestWebhookCommand(Id(webhookID)), cancellationToken)));

    /// <summary>Sends everything again that failed since a time.</summary>
    /// <remarks>
    /// Each delivery that is `failed` or `pending`, and whose last attempt was at or after the time, is attempted now and again by the whole
    /// schedule. However long ago it failed, it can be recovered.
    /// </remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <param name="request">The time.</param>
    /// <response code="202">The number of deliveries. The attempts begin within a second, or when the endpoint is resumed.</response>
    /// <response code="400">The id cannot be decoded, the body has the wrong shape, or the time breaks its rule.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpPost("{webhookID}/recover"), Authorize(Scope.Write), ProducesResponseType<RecoveryResponse>(StatusCodes.Status202Accepted)]
    public async Task<ActionResult<RecoveryResponse>> RecoverDeliveries(string webhookID, DeliveryRecovery request, CancellationToken cancellationToken) =>
        Accepted(new RecoveryResponse(new(await mediator.Send(new RecoverDeliveriesCommand(Id(webhookID), request.Since), cancellationToken))));

    /// <summary>Lists the recorded deliveries of a webhook endpoint page by page.</summary>
    /// <remarks>
    /// Only deliveries that failed at least once or that were requested are recorded, newest event first. A page has at most 100. Attempts are kept
    /// for 30 days. A delivery that did not succeed is kept until it does.
    /// </remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <response code="200">The page. The Link header has the URLs of the pages before and after it (RFC 8288).</response>
    /// <response code="400">The id cannot be decoded, or a parameter breaks its rule, is unknown, or cannot be combined with `cursor`.</response>
    /// <response code="404">No endpoint has this id.</response>
    [HttpGet("{webhookID}/deliveries"), Authorize(Scope.Read)]
    [OpenApiOperationProcessor(typeof(PageParameters)), OpenApiOperationProcessor(typeof(DeliveryStateParameter))]
    public async Task<ActionResult<CursorResponse<DeliveryData>>> ListDeliveries(string webhookID, CancellationToken cancellationToken)
    {
        var id = Id(webhookID);
        var validation = new Validation();
        var (page, cursorFilter) = ListParameters.Read(DeliveryList, Request.Query, validation, DeliveryStateParameter.Find);
        var (state, filter) = DeliveryStateParameter.Read(Request.Query, cursorFilter, validation);
        validation.ThrowIfInvalid();
        page = page with { Size = Math.Min(page.Size, MaxDeliveries) };
        var found = await mediator.Send(new ListDeliveriesQuery(id, state, page), cancellationToken);
        return this.ToCursorResponse(DeliveryList, page.Size, found, mapper.Map<DeliveryData>, filter);
    }

    /// <summary>Sends an event to a webhook endpoint again.</summary>
    /// <remarks>Every event can be sent again, however old it is, whether or not it was delivered, and whatever its type.</remarks>
    /// <param name="webhookID">The endpoint's id.</param>
    /// <param name="position">The position of the event in the feed.</param>
    /// <response code="202">The attempt begins within a second, or when the endpoint is resumed.</response>
    /// <response code="400">The id or the position cannot be decoded.</response>
    /// <response code="404">No endpoint has this id, or no event has this position.</response>
    [HttpPost("{webhookID}/deliveries/{position}/resend"), Authorize(Scope.Write), ProducesResponseType(StatusCodes.Status202Accepted)]
    public async Task<IActionResult> ResendDelivery(string webhookID, string position, CancellationToken cancellationToken)
    {
        var number = long.TryParse(position, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw new InvalidIdException("position must be the position of an event, digits only.");
        await mediator.Send(new ResendDeliveryCommand(Id(webhookID), number), cancellationToken);
        return Accepted();
    }

    private static WebhookId Id(string webhookID) => InvalidIdException.Read<WebhookId>(webhookID);

    private WebhookData Data(WebhookEndpoint endpoint) =>
        mapper.Map<WebhookData>(endpoint) with { PreviousSecretExpiresAt = endpoint.Secrets.OpenUntil(new Instant(clock.GetUtcNow()))?.ToString() };

    private WebhookResponse WithSecret(WebhookEndpoint endpoint) => new(Data(endpoint) with { Secret = endpoint.Secrets.Current.Text });
}

internal sealed class DeliveryStateParameter : StateParameter<DeliveryState>;
