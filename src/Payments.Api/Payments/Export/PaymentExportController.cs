using Microsoft.Net.Http.Headers;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Json;

namespace Payments.Api.Payments.Export;

/// <summary>Sends all payments of a list as a file. The API and the dashboard have a URL of their own for it.</summary>
public abstract partial class PaymentExportController(IMediator mediator, IMapper mapper, IOptions<JsonOptions> json, ILogger logger) : ControllerBase
{
    private protected async Task<IActionResult> ExportAsync(CancellationToken cancellationToken)
    {
        var prefersCsv = AcceptHeaderFilter.Quality(Request, MediaTypes.Csv) > AcceptHeaderFilter.Quality(Request, MediaTypes.Ndjson);
        var parameters = ExportParameters.Read(PaymentFilterRequest.Query(Request), prefersCsv);
        var type = parameters.IsCsv ? MediaTypes.Csv : MediaTypes.Ndjson;
        if (AcceptHeaderFilter.Quality(Request, type) == 0)
        {
            return StatusCode(StatusCodes.Status406NotAcceptable);
        }

        using var export = new PaymentExport(mapper, json.Value.JsonSerializerOptions, parameters.IsCsv);
        var pages = await mediator.Send(parameters.ToQuery(export.Write), cancellationToken);
        Response.ContentType = parameters.IsCsv ? $"{type}; charset=utf-8" : type;
        Response.Headers.ContentDisposition =
            new ContentDispositionHeaderValue("attachment") { FileName = parameters.IsCsv ? "payments.csv" : "payments.ndjson" }.ToString();
        // Kestrel would read and then discard every payment.
        if (HttpMethods.IsHead(Request.Method))
        {
            return new EmptyResult();
        }

        try
        {
            await export.SendAsync(pages, Response.Body, Limits.IdleTimeout, cancellationToken);
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
