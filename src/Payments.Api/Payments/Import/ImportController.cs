using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Json;
using Payments.Api.RateLimiting;

namespace Payments.Api.Payments.Import;

/// <summary>Payments, many at once.</summary>
[ApiController]
[Route("api/payments/payments/import")]
[Tags("Payments")]
public sealed partial class ImportController(PaymentImport import, IOptions<JsonOptions> json, ILogger<ImportController> logger) : ControllerBase
{
    /// <summary>Records many payments, each once.</summary>
    /// <remarks>
    /// The body is of any length: a request of a create in each line (NDJSON, application/x-ndjson), or CSV (text/csv) with the columns of an
    /// export or some of them. What an export wrote may be sent as it is: a line with adjustments is a payment with its whole life. The answer
    /// has one line for each, in their order, each an ImportedLine. One that is refused stops none of the others. Sent again, the same lines
    /// change nothing, so an import that broke off is begun anew. Lines of one payment are taken in their order.
    /// </remarks>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">One ImportedLine for each line of the body, as NDJSON.</response>
    /// <response code="400">The header of the CSV has other columns; nothing was recorded.</response>
    [HttpPost]
    [Authorize(Scope.Write)]
    [DisableRequestSizeLimit]
    [EnableRateLimiting(RateLimits.Imports)]
    [ResponseTypes(MediaTypes.Ndjson)]
    [OpenApiBodyParameter(MediaTypes.Ndjson, MediaTypes.Csv)]
    [ProducesResponseType<ImportedLine>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ImportPayments(CancellationToken cancellationToken)
    {
        var type = MediaTypes.OfUtf8Body(Request);
        if (type is not (MediaTypes.Ndjson or "application/ndjson" or "application/jsonl" or MediaTypes.Csv))
        {
            return StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        // What sends the lines may itself have to wait for them, so only a long silence ends an import.
        if (HttpContext.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } bodyRate)
        {
            bodyRate.MinDataRate = null;
        }

        // Many clients read nothing until they have sent all, so the answer may not be hurried before that.
        if (HttpContext.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        var isCsv = type == MediaTypes.Csv;
        using var spool = new ResponseSpool();
        var lines = new LineReader(Request.BodyReader, isCsv) { IdleTimeout = Limits.IdleTimeout };
        await using var answers = import.RunAsync(lines, isCsv, cancellationToken).GetAsyncEnumerator(CancellationToken.None);
        // What goes wrong before the first answer is told as problem details.
        var isAnswered = await answers.MoveNextAsync();
        Response.ContentType = MediaTypes.Ndjson;
        if (isAnswered)
        {
            await AnswerAsync(answers, spool, cancellationToken);
        }

        return new EmptyResult();
    }

    private async Task AnswerAsync(IAsyncEnumerator<ImportedLine> answers, ResponseSpool spool, CancellationToken cancellationToken)
    {
        var options = json.Value.JsonSerializerOptions;
        using var copying = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var isRead = false;
        var next = Task.FromResult(true);
        var copy = spool.CopyToAsync(Response.Body, GiveTime, copying.Token);
        try
        {
            var lines = new ArrayBufferWriter<byte>();
            using var writer = new Utf8JsonWriter(lines, new JsonWriterOptions { Encoder = options.Encoder });
            for (var isMore = true; isMore;)
            {
                JsonSerializer.Serialize(writer, answers.Current, options);
                writer.Flush();
                lines.Write("\n"u8);
                writer.Reset();
                next = answers.MoveNextAsync().AsTask();
                if (!next.IsCompleted || lines.WrittenCount >= 16 * 1024)
                {
                    spool.Write(lines.WrittenSpan);
                    lines.ResetWrittenCount();
                }

                isMore = await next;
            }

            spool.Write(lines.WrittenSpan);
            spool.Complete();
            Volatile.Write(ref isRead, true);
            GiveTime();
            await copy;
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                LogBrokenOff(logger, e);
            }

            // The end of a whole answer must not be put to one that is not.
            HttpContext.Abort();
            await copying.CancelAsync();
            await Task.WhenAll(next, copy).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        void GiveTime()
        {
            if (Volatile.Read(ref isRead))
            {
                copying.CancelAfter(Limits.IdleTimeout);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "An import broke off")]
    private static partial void LogBrokenOff(ILogger logger, Exception exception);
}
