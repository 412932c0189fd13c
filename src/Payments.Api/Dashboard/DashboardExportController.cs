using Microsoft.AspNetCore.RateLimiting;
using Payments.Api.Json;
using Payments.Api.Payments.Export;
using Payments.Api.RateLimiting;
using Payments.Dashboard.Session;

namespace Payments.Api.Dashboard;

/// <summary>Exports the payments of a list in the dashboard.</summary>
[Route("dashboard/payments/export"), ApiExplorerSettings(IgnoreApi = true)]
public sealed class DashboardExportController(IMediator mediator, IMapper mapper, IOptions<JsonOptions> json, ILogger<DashboardExportController> logger)
    : PaymentExportController(mediator, mapper, json, logger)
{
    /// <summary>Returns all payments that match the filters, as the export of the API does.</summary>
    [HttpGet, Authorize(DashboardScope.Read), EnableRateLimiting(RateLimits.Exports), Produces(MediaTypes.Ndjson, MediaTypes.Csv)]
    public Task<IActionResult> ExportPayments(CancellationToken cancellationToken) => ExportAsync(cancellationToken);
}
