using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Net.Http.Headers;
using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Api.RateLimiting;

namespace Payments.Api.Payments.Export;

/// <summary>Payments, all that match.</summary>
[ApiController]
[Route("api/payments/payments/export")]
[Tags("Payments")]
public sealed partial class ExportController(IMediator mediator, PaymentExport export, ILogger<ExportController> logger) : ControllerBase
{
    /// <summary>Reads all payments of a list in one answer of any length.</summary>
    /// <remarks>
    /// NDJSON has in each line a payment as it is read by its id, and, where its metadata have changed, their first state as firstMetadata. CSV
    /// (RFC 4180) has the same in cells, objects and arrays as JSON. Both lose nothing: an import takes them as they are. Line ends inside a raw,
    /// which mean nothing in JSON, are spaces in NDJSON. A payment that is recorded meanwhile may be in the answer or not. An answer that
    /// broke off is gone on with by the id of its last whole payment as `after`; where it broke off, its connection did too. The parameters that
    /// choose payments are those of the list.
    /// </remarks>
    /// <param name="format">ndjson, the default, or csv.</param>
    /// <param name="sort">createdAt:desc, the newest first, or createdAt:asc.</param>
    /// <param name="after">The id of the payment to go on behind, in the same order.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The payments.</response>
    /// <response code="400">A parameter breaks its rule or is not one of the export; `errors` names it.</response>
    [HttpGet]
    [Authorize(Scope.Read)]
    [EnableRateLimiting(RateLimits.Exports)]
    [PaymentFilterParameters]
    [ResponseTypes(MediaTypes.Ndjson, MediaTypes.Csv)]
    [ProducesResponseType<FileResult>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ExportPayments(
        [FromQuery] string? format, [FromQuery] string? sort, [FromQuery] string? after, CancellationToken cancellationToken)
    {
        var (query, isCsv) = ExportParameters.Read(PaymentFilterParameters.Query(Request));
        var payments = await mediator.Send(query, cancellationToken);
        Response.ContentType = isCsv ? $"{MediaTypes.Csv}; charset=utf-8" : MediaTypes.Ndjson;
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
                LogBrokenOff(logger, e);
            }

            // The end of a whole answer must not be put to one that is not.
            HttpContext.Abort();
        }

        return new EmptyResult();
    }

    [LoggerMessage(1, LogLevel.Warning, "An export broke off")]
    private static partial void LogBrokenOff(ILogger logger, Exception exception);
}
