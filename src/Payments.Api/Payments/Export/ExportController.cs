using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Net.Http.Headers;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Api.RateLimiting;

namespace Payments.Api.Payments.Export;

/// <summary>Exports payments.</summary>
[Route("api/payments/payments/export")]
[Tags("Payments")]
public sealed partial class ExportController(IMediator mediator, PaymentExport export, ILogger<ExportController> logger) : ControllerBase
{
    /// <summary>Returns all payments that match the filters, in one response of any length.</summary>
    /// <remarks>
    /// The filters are those of the list. A payment that is recorded during the export can be missing. If an earlier event of a payment arrives
    /// during the export, the payment moves to an earlier date: newest first it can appear twice, oldest first it can be missing.
    /// If the export fails, the service closes the connection, so an incomplete response never ends normally. To resume it, pass `id` and
    /// `createdAt` of the last complete payment as `after` and `afterCreatedAt`.
    /// Both formats are complete, so an import accepts them unchanged:
    /// - `application/x-ndjson`: each line is a payment as GET returns it. If its metadata was edited, `reportedMetadata` has what reports said, and
    ///   `editedMetadataKeys` the edited keys. Line breaks between the members of `raw` become spaces.
    /// - `text/csv`: RFC 4180. The header has a column for each of these members. Numbers, objects and arrays are JSON.
    /// </remarks>
    /// <param name="format">`ndjson` or `csv`. The default is the format that the Accept header prefers, and `ndjson` if it prefers none.</param>
    /// <param name="sort">`createdAt:desc`, the default, or `createdAt:asc`.</param>
    /// <param name="after">Returns only the payments after the one with this id, in the same order.</param>
    /// <param name="afterCreatedAt">The `createdAt` of that payment in the interrupted export. Required if it is no longer the one that was first reported.</param>
    /// <response code="200">The payments.</response>
    /// <response code="400">A parameter breaks its rule or is unknown. `errors` names each parameter.</response>
    /// <response code="409">The payment of `after` has moved to an earlier date, and `afterCreatedAt` is missing.</response>
    [HttpGet]
    [Authorize(Scope.Read)]
    [EnableRateLimiting(RateLimits.Exports)]
    [OpenApiOperationProcessor(typeof(PaymentFilterParameters))]
    [Produces(MediaTypes.Ndjson, MediaTypes.Csv)]
    [ProducesResponseType<FileResult>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ExportPayments(
        [FromQuery] string? format, [FromQuery] string? sort, [FromQuery] string? after, [FromQuery] string? afterCreatedAt, CancellationToken cancellationToken)
    {
        var prefersCsv = AcceptHeaderFilter.Quality(Request, MediaTypes.Csv) > AcceptHeaderFilter.Quality(Request, MediaTypes.Ndjson);
        var (query, isCsv) = ExportParameters.Read(PaymentFilterParameters.Query(Request), prefersCsv);
        var type = isCsv ? MediaTypes.Csv : MediaTypes.Ndjson;
        if (AcceptHeaderFilter.Quality(Request, type) == 0)
        {
            return StatusCode(StatusCodes.Status406NotAcceptable);
        }

        var payments = await mediator.Send(query, cancellationToken);
        Response.ContentType = isCsv ? $"{type}; charset=utf-8" : type;
        Response.Headers.ContentDisposition =
            new ContentDispositionHeaderValue("attachment") { FileName = isCsv ? "payments.csv" : "payments.ndjson" }.ToString();
        // Kestrel would read and then discard every payment.
        if (HttpMethods.IsHead(Request.Method))
        {
            return new EmptyResult();
        }

        try
        {
            await export.WriteAsync(payments, isCsv, Response.Body, Limits.IdleTimeout, cancellationToken);
        }
        catch (Exception e) when (Response.HasStarted)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                LogInterrupted(logger, e);
            }

            // Otherwise the response would end as if it were complete.
            HttpContext.Abort();
        }

        return new EmptyResult();
    }

    [LoggerMessage(1, LogLevel.Warning, "An export was interrupted")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);
}
