using System.Buffers;
using Microsoft.AspNetCore.RateLimiting;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Api.RateLimiting;

namespace Payments.Api.Payments.Import;

/// <summary>Imports payments.</summary>
[Route("api/payments/payments/import"), Tags("Payments")]
public sealed partial class ImportController(PaymentImport import, IOptions<JsonOptions> json, ILogger<ImportController> logger) : ControllerBase
{
    private const int ChunkBytes = 16 * 1024;

    /// <summary>Records many payments in one request.</summary>
    /// <remarks>
    /// The response has an ImportedLine for each line, in the order of the lines. A rejected line does not affect the other lines. Lines of the
    /// same payment are recorded one after another. It is always safe to send the same lines again, so you can repeat an interrupted import from
    /// its start. If a compressed body turns out to be damaged after its first line, the last ImportedLine says so.
    /// The body can have any length and can be compressed with `Content-Encoding: gzip`. It has one of these formats:
    /// - `application/x-ndjson`: each line is the body of a create, or an exported payment with its `adjustments`. Blank lines are skipped.
    /// - `text/csv`: RFC 4180 with commas. The header has some or all columns of an export, in any order. An empty cell means that the member is
    ///   left out.
    /// - `text/csv` with `format` and `connectorID`: a provider's report. Its columns can be in any order, and other columns are ignored. A line that
    ///   is no payment, such as a fee, has the outcome `skipped`. A line whose change is recorded already, also by a webhook and with another time, is
    ///   `replayed`.
    /// </remarks>
    /// <param name="format">The format of a provider's report: `stripe-balance` or `adyen-settlement`. Requires `connectorID` and `text/csv`.</param>
    /// <param name="connectorID">The id of the connector that the payments of a provider's report belong to.</param>
    /// <response code="200">An ImportedLine for each line, as NDJSON.</response>
    /// <response code="400">The header of the CSV or a parameter is invalid, or the body cannot be decompressed. Nothing was recorded.</response>
    /// <response code="413">The header of the CSV is larger than 256 KiB. Nothing was recorded.</response>
    [HttpPost, Authorize(Scope.Write), EnableRateLimiting(RateLimits.Imports), DisableRequestSizeLimit]
    [OpenApiBodyParameter(MediaTypes.Ndjson, MediaTypes.Csv), Produces(MediaTypes.Ndjson), ProducesResponseType<ImportedLine>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ImportPayments([FromQuery] string? format, [FromQuery] string? connectorID, CancellationToken cancellationToken)
    {
        var type = MediaTypes.OfUtf8Body(Request, PaymentImport.Gzip);
        if (type is not (MediaTypes.Ndjson or "application/ndjson" or "application/jsonl" or MediaTypes.Csv))
        {
            // RFC 9110, section 15.5.16.
            Response.Headers.AcceptEncoding = $"{PaymentImport.Gzip}, identity";
            return StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        await using var results = import.RunAsync(HttpContext, type == MediaTypes.Csv, format, connectorID, cancellationToken).GetAsyncEnumerator(CancellationToken.None);
        // An error before the first result is returned as a problem.
        var hasResults = await results.MoveNextAsync();
        Response.ContentType = MediaTypes.Ndjson;
        if (hasResults)
        {
            await RespondAsync(results, cancellationToken);
        }

        return new EmptyResult();
    }

    /// <summary>Otherwise these methods would be requests for a payment with the id "import".</summary>
    [AcceptVerbs("GET", "PUT", "PATCH", "DELETE"), ApiExplorerSettings(IgnoreApi = true)]
    public IActionResult RejectMethod()
    {
        Response.Headers.Allow = HttpMethods.Post;
        return StatusCode(StatusCodes.Status405MethodNotAllowed);
    }

    private async Task RespondAsync(IAsyncEnumerator<ImportedLine> results, CancellationToken cancellationToken)
    {
        var options = json.Value.JsonSerializerOptions;
        var lines = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(lines, new JsonWriterOptions { Encoder = options.Encoder });
        using var spool = new ResponseSpool();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var line = results.Current;
        var sending = spool.CopyToAsync(Response.Body, Limits.IdleTimeout, stop.Token);
        var next = Task.FromResult<ImportedLine?>(line);
        try
        {
            do
            {
                JsonSerializer.Serialize(writer, line, options);
                writer.Flush();
                writer.Reset();
                lines.Write("\n"u8);
                next = NextAsync(results, line.Line);
                if (!next.IsCompleted || lines.WrittenCount >= ChunkBytes)
                {
                    spool.Write(lines.WrittenSpan);
                    lines.ResetWrittenCount();
                }
            }
            while ((line = await next) is not null);

            spool.Write(lines.WrittenSpan);
            spool.Complete();
            await sending;
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                LogInterrupted(logger, e);
            }

            // Otherwise the response would end as if it were complete.
            HttpContext.Abort();
            await stop.CancelAsync();
            await Task.WhenAll(next, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Returns the next result. After a stream that cannot be decompressed, this is a line that says so; the enumeration is then at its end.</summary>
    private async Task<ImportedLine?> NextAsync(IAsyncEnumerator<ImportedLine> results, long previous)
    {
        try
        {
            return await results.MoveNextAsync() ? results.Current : null;
        }
        catch (InvalidBodyException e)
        {
            LogDamaged(logger, previous);
            var outcome = WireName<ImportOutcome>.Of(ImportOutcome.Invalid);
            var message = $"{e.Message} The rest was not imported. Send all lines again.";
            return new() { Line = previous + 1, Outcome = outcome, ErrorCode = Problems.InvalidBody.Code, ErrorMessage = message };
        }
    }

    [LoggerMessage(2, LogLevel.Information, "The body of an import was damaged or truncated after line {Line}")]
    private static partial void LogDamaged(ILogger logger, long line);

    [LoggerMessage(1, LogLevel.Warning, "An import was interrupted")] private static partial void LogInterrupted(ILogger logger, Exception exception);
}
