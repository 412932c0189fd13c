using System.Collections.Concurrent;
using Microsoft.AspNetCore.RateLimiting;
using Payments.Api.Json;
using Payments.Api.Payments.Import;
using Payments.Api.RateLimiting;
using Payments.Dashboard.Session;

namespace Payments.Api.Dashboard;

/// <summary>Imports a file that the dashboard sends, and returns how far the import is. The page sends the file itself as the body.</summary>
[Route("dashboard/import/{id:guid}"), Authorize(DashboardScope.Write), AutoValidateAntiforgeryToken, ApiExplorerSettings(IgnoreApi = true)]
public sealed class ImportFileController(PaymentImport import) : ControllerBase
{
    // In memory, because the import ends with its request. With several instances, a page may ask another one and then shows only what it has sent.
    private static readonly ConcurrentDictionary<(string? User, Guid Id), ImportRun> Running = new();

    /// <summary>Imports the body and returns the result. If the browser ends the request, no further line is imported.</summary>
    [HttpPost, EnableRateLimiting(RateLimits.Imports), DisableRequestSizeLimit]
    public async Task<IActionResult> ImportFile(Guid id, string? format, string? connectorID, CancellationToken cancellationToken)
    {
        var type = MediaTypes.OfUtf8Body(Request, PaymentImport.Gzip);
        if (type is not (MediaTypes.Ndjson or MediaTypes.Csv))
        {
            return StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        var key = (User.Identity?.Name, id);
        var run = new ImportRun();
        if (!Running.TryAdd(key, run))
        {
            return Conflict();
        }

        string? error = null;
        try
        {
            await foreach (var line in import.RunAsync(HttpContext, type == MediaTypes.Csv, format, connectorID, cancellationToken).WithCancellation(CancellationToken.None))
            {
                run.Add(line);
            }
        }
        catch (InvalidBodyException e) when (run.ToStatus().Lines > 0)
        {
            error = $"{e.Message} The rest was not imported. Import the whole file again.";
        }
        finally
        {
            Running.TryRemove(key, out _);
        }

        return Ok(run.ToResult(error));
    }

    /// <summary>Returns how far an import is; 204 if this instance does not run it.</summary>
    [HttpGet]
    public IActionResult GetStatus(Guid id) => Running.TryGetValue((User.Identity?.Name, id), out var run) ? Ok(run.ToStatus()) : NoContent();
}
