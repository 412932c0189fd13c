using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Application.Inbox;
using Payments.Application.Providers;

namespace Payments.Api.Inbox;

/// <summary>Provider webhooks: the URLs that you register with your providers.</summary>
[Route("api/payments/connectors/webhooks"), AllowAnonymous]
public sealed partial class ProviderWebhooksController(IMediator mediator, ILogger<ProviderWebhooksController> logger) : ControllerBase
{
    internal const string Path = "/api/payments/connectors/webhooks";

    /// <summary>Receives events of a provider.</summary>
    /// <remarks>
    /// The provider calls this URL. It needs no token, because the service verifies the provider's signature with the secrets of the connector.
    /// The events are stored before the response, each once, and become payments and adjustments.
    /// </remarks>
    /// <param name="provider">The connector's provider, ignoring case.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <response code="200">The events are stored. The body is what the provider expects: `[accepted]` for Adyen, none for Stripe.</response>
    /// <response code="400">The signature or the body is not valid, or the id cannot be decoded. Nothing was stored.</response>
    /// <response code="401">The signature or the basic authentication is not valid, or the connector has no secrets. Nothing was stored.</response>
    /// <response code="404">No connector accepts webhooks at this URL.</response>
    /// <response code="413">The body is larger than 1 MiB.</response>
    [HttpPost("{provider}/{connectorID}"), RequestSizeLimit(Limits.ProviderWebhookBytes)]
    public async Task<IActionResult> ReceiveEvents(string provider, string connectorID, CancellationToken cancellationToken)
    {
        var id = InvalidIdException.Read<ConnectorId>(connectorID);
        using var body = new MemoryStream();
        await Request.Body.CopyToAsync(body, cancellationToken);
        try
        {
            var acknowledgement = await mediator.Send(
                new ReceiveEventsCommand(provider, id, new ProviderRequest(Header, body.GetBuffer().AsMemory(0, (int)body.Length))), cancellationToken);
            return acknowledgement is null ? Ok() : Content(acknowledgement, "text/plain");
        }
        catch (WebhookRejectedException e)
        {
            LogRejected(logger, e.Message);
            if (e.IsUnauthorized)
            {
                Response.Headers.WWWAuthenticate = "Basic realm=\"webhooks\"";
            }

            await HttpContext.WriteProblemAsync((e.IsUnauthorized ? Problems.Unauthorized : Problems.Invalid) with { Message = e.Message });
            return new EmptyResult();
        }
    }

    private string? Header(string name) => Request.Headers.TryGetValue(name, out var values) && values.Count > 0 ? string.Join(',', values.ToArray()) : null;

    [LoggerMessage(1, LogLevel.Warning, "A provider webhook was rejected: {Reason}")]
    private static partial void LogRejected(ILogger logger, string reason);
}
