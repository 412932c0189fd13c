using System.Text;
using Payments.Application.Connectors;
using Payments.Application.Providers;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;
using Payments.Domain.Connectors;

namespace Payments.Dashboard.Import;

/// <summary>Imports a file. Its script sends the file to the service and shows how far the import is.</summary>
[Route("dashboard/import"), Authorize(DashboardScope.Write)]
public sealed class ImportController(IMediator mediator, IEnumerable<IProviderReport> reports) : DashboardController
{
    /// <summary>Shows the page.</summary>
    [HttpGet]
    public async Task<IActionResult> Show(CancellationToken cancellationToken)
    {
        var connectors = await mediator.Send(new ListConnectorsQuery(), cancellationToken);
        return View(new ImportModel([.. from report in reports
                                        select new ReportFormat(report.Format, report.Provider, [.. connectors.Where(connector => connector.Id.Provider == report.Provider)])]));
    }

    /// <summary>Returns a file with the required columns and a row for each connector. The rows are rejected until their amounts are filled in.</summary>
    [HttpGet("template.csv")]
    public async Task<IActionResult> Template(CancellationToken cancellationToken)
    {
        var rows = (await mediator.Send(new ListConnectorsQuery(), cancellationToken))
            .Select(connector => $"reference-at-{connector.Id.Provider.Id},{connector.Id},2026-05-01T12:00:00Z,1250 is 12.50,EUR/2,PAY-IN,SUCCEEDED,visa\r\n");
        return File(Encoding.UTF8.GetBytes($"reference,connectorID,createdAt,amount,asset,type,status,scheme\r\n{string.Concat(rows)}"), "text/csv", "payments.csv");
    }
}

/// <summary>The page.</summary>
/// <param name="Reports">The formats of providers' reports.</param>
public sealed record ImportModel(IReadOnlyList<ReportFormat> Reports);

/// <summary>A format of a provider's report, and the connectors that its payments can belong to.</summary>
public sealed record ReportFormat(string Name, Provider Provider, IReadOnlyList<Connector> Connectors);
