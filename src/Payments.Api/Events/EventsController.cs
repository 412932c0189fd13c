using System.Buffers;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Application.Events;

namespace Payments.Api.Events;

/// <summary>The record of all changes.</summary>
[Route("api/payments"), Tags("Events")]
public sealed class EventsController(IMediator mediator, EventFeed feed) : ControllerBase
{
    /// <summary>Reads the changes of all payments, accounts, connectors and webhooks, in order.</summary>
    /// <remarks>
    /// Each change is one event. Events have the positions 1, 2, 3 and so on without gaps, so a program that has read up to a position has missed
    /// nothing before it. To follow the record, store the `Payments-Position` of each response and send it as the next `after`. Send the
    /// `Payments-Epoch` of the first response as `epoch`, so that you learn when a backup was restored.
    /// With `timeout`, the service waits for an event if there is none yet (long polling).
    /// </remarks>
    /// <response code="200">The events, oldest first.</response>
    /// <response code="400">A parameter breaks its rule or is unknown. `errors` names each parameter.</response>
    /// <response code="409">FEED_RESTARTED: `epoch` is not the current epoch, or `after` is after the last event. The message has the current ones.</response>
    [HttpGet("events"), Authorize(Scope.Read), OpenApiOperationProcessor(typeof(FeedParameters))]
    [Produces(MediaTypes.CloudEventsBatch, MediaTypes.Json), ProducesResponseType<IReadOnlyList<EventContract>>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ListEvents(CancellationToken cancellationToken)
    {
        var parameters = EventParameters.Read(Request.Query, isFeed: true);
        var query = new ListEventsQuery(parameters.Epoch, parameters.After, parameters.Limit, parameters.Kinds);
        if (await feed.ReadAsync(query, parameters.Timeout, cancellationToken) is not { } page)
        {
            Response.Headers.RetryAfter = "5";
            await HttpContext.WriteProblemAsync(Problems.TooManyLongPolls);
            return new EmptyResult();
        }

        Response.MarkPosition(page.Record.Epoch, page.Position);
        Response.ContentType = AcceptHeaderFilter.Quality(Request, MediaTypes.CloudEventsBatch) > 0 ? MediaTypes.CloudEventsBatch : MediaTypes.Json;
        await WriteAsync("["u8, page, "]"u8, cancellationToken);
        return new EmptyResult();
    }

    /// <summary>Reads the changes of a payment: who changed what and when.</summary>
    /// <param name="paymentID">The payment's id.</param>
    /// <response code="200">The events, oldest first. If there are `limit` of them, continue with the id of the last one as `after`.</response>
    /// <response code="400">The id cannot be decoded, or a parameter breaks its rule or is unknown.</response>
    /// <response code="404">No payment has this id.</response>
    [HttpGet("payments/{paymentID}/events"), Authorize(Scope.Read), OpenApiOperationProcessor(typeof(PositionParameters))]
    [ProducesResponseType<EventsResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ListPaymentEvents(string paymentID, CancellationToken cancellationToken)
    {
        var id = InvalidIdException.Read<PaymentId>(paymentID);
        var parameters = EventParameters.Read(Request.Query, isFeed: false);
        var page = await mediator.Send(new ListPaymentEventsQuery(id, parameters.After, parameters.Limit), cancellationToken);
        Response.ContentType = $"{MediaTypes.Json}; charset=utf-8";
        await WriteAsync("{\"data\":["u8, page, "]}"u8, cancellationToken);
        return new EmptyResult();
    }

    private Task WriteAsync(ReadOnlySpan<byte> start, EventPage page, ReadOnlySpan<byte> end, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(64 + (1024 * page.Events.Count));
        body.Write(start);
        foreach (var (index, stored) in page.Events.Index())
        {
            if (index > 0)
            {
                body.Write(","u8);
            }

            stored.WriteCloudEvent(page.Record, body);
        }

        body.Write(end);
        Response.ContentLength = body.WrittenCount;
        return Response.Body.WriteAsync(body.WrittenMemory, cancellationToken).AsTask();
    }
}
