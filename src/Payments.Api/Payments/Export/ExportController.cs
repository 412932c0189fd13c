using Microsoft.AspNetCore.RateLimiting;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Json;
using Payments.Api.RateLimiting;

namespace Payments.Api.Payments.Export;

/// <summary>Exports payments.</summary>
[Route("api/payments/payments/export"), Tags("Payments")]
public sealed class ExportController(IMediator mediator, IMapper mapper, IOptions<JsonOptions> json, ILogger<ExportController> logger)
    : PaymentExportController(mediator, mapper, json, logger)
{
    /// <summary>Returns all payments that match the filters, in one response of any length.</summary>
    /// <remarks>
    /// The filters are the filters of the list.
    /// A payment that is recorded during the export can be missing. If an earlier event of a payment arrives during the export, the payment moves
    /// to an earlier date. Then it can appear twice in an export that is sorted newest first, or be missing in one that is sorted oldest first.
    /// If the export fails, the service closes the connection, so an incomplete response never ends normally. To resume the export, pass the `id`
    /// and the `createdAt` of the last complete payment as `after` and `afterCreatedAt`.
    /// Both formats contain the whole payment, and an import accepts both:
    /// - `application/x-ndjson`: each line is a payment as GET returns it. If its metadata was edited, `reportedMetadata` contains the metadata of
    ///   the reports, and `editedMetadataKeys` the edited keys. Line breaks between the members of `raw` become spaces.
    /// - `text/csv`: RFC 4180. The header has a column for each of these members. Numbers, objects and arrays are JSON.
    /// </remarks>
    /// <param name="format">`ndjson` or `csv`. The default is the format that the Accept header prefers. If it prefers neither, the default is `ndjson`.</param>
    /// <param name="sort">`createdAt:desc` (newest first, the default) or `createdAt:asc` (oldest first).</param>
    /// <param name="after">The id of a payment. The export starts after this payment.</param>
    /// <param name="afterCreatedAt">The `createdAt` that the payment of `after` has in the interrupted export. Required if it has changed since its first report.</param>
    /// <response code="200">The payments.</response>
    /// <response code="400">A parameter breaks its rule or is unknown. `errors` names each parameter.</response>
    /// <response code="409">The payment of `after` has moved to an earlier date, and `afterCreatedAt` is missing.</response>
    [HttpGet, Authorize(Scope.Read), EnableRateLimiting(RateLimits.Exports)]
    [OpenApiOperationProcessor(typeof(PaymentFilterRequest))]
    [Produces(MediaTypes.Ndjson, MediaTypes.Csv), ProducesResponseType<FileResult>(StatusCodes.Status200OK)]
    public Task<IActionResult> ExportPayments(
        [FromQuery] string? format, [FromQuery] string? sort, [FromQuery] string? after, [FromQuery] string? afterCreatedAt, CancellationToken cancellationToken) =>
        ExportAsync(cancellationToken);
}
