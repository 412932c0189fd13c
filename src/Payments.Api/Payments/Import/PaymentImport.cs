using System.IO.Compression;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Application.Providers;
using Payments.Application.Reports;

namespace Payments.Api.Payments.Import;

/// <summary>Imports lines of NDJSON or CSV: create requests and exported payments.</summary>
public sealed partial class PaymentImport(IMediator mediator, IMapper mapper, IOptions<JsonOptions> json, ILogger<PaymentImport> logger)
{
    public const string Gzip = "gzip";

    private readonly JsonTypeInfo _create = json.Value.JsonSerializerOptions.GetTypeInfo(typeof(PaymentRequest));
    private readonly JsonTypeInfo _exported =
        new JsonSerializerOptions(json.Value.JsonSerializerOptions) { MaxDepth = Limits.ExportedPaymentDepth }.GetTypeInfo(typeof(ExportedPaymentRequest));

    /// <summary>Imports the body of a request. See the other methods for the exceptions.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isCsv">Whether the body is CSV. Otherwise it is NDJSON.</param>
    /// <param name="format">The format of a provider's report.</param>
    /// <param name="connector">The id of the connector of a provider's report.</param>
    /// <param name="stop">Stops the import.</param>
    internal async IAsyncEnumerable<ImportedLine> RunAsync(
        HttpContext context, bool isCsv, string? format, string? connector, [EnumeratorCancellation] CancellationToken stop)
    {
        var isReport = format is not null || connector is not null;
        if (isReport && !isCsv)
        {
            throw new ValidationException([new("format", $"requires a body of the type {MediaTypes.Csv}")]);
        }

        // No minimum rates: the client can wait for its own source, and many clients read no response until they have sent everything.
        context.Features.Get<IHttpMinRequestBodyDataRateFeature>()?.MinDataRate = null;
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;

        var request = context.Request;
        await using var gzip = Gzip.Equals(request.Headers.ContentEncoding, StringComparison.OrdinalIgnoreCase) ? new GZipStream(request.Body, CompressionMode.Decompress) : null;
        var body = gzip is null ? request.BodyReader : PipeReader.Create(gzip, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        var lines = new LineReader(body, isCsv) { IdleTimeout = Limits.IdleTimeout };
        await foreach (var line in isReport ? await RunReportAsync(lines, format, connector, stop) : await RunAsync(lines, isCsv, stop))
        {
            yield return line;
        }
    }

    /// <summary>Returns a response for each line. On cancellation it reads no further line, and the lines in progress are finished.</summary>
    /// <exception cref="ValidationException">The header of the CSV has unknown columns. Nothing was imported.</exception>
    /// <exception cref="InvalidBodyException">The header is not CSV, so nothing was imported. Or the stream cannot be decompressed.</exception>
    /// <exception cref="IOException">The stream was interrupted. Every line that was read has its response.</exception>
    internal async Task<IAsyncEnumerable<ImportedLine>> RunAsync(LineReader lines, bool isCsv, CancellationToken stop) =>
        (await mediator.Send(new ImportLinesCommand(ReadAsync(lines, isCsv, CancellationToken.None)), stop)).Select(ToResponse);

    /// <summary>Imports a provider's report as the method for payments does. The reader must be for CSV.</summary>
    /// <exception cref="ValidationException">The format or the connector is wrong, or a column is missing. Nothing was imported.</exception>
    internal async Task<IAsyncEnumerable<ImportedLine>> RunReportAsync(LineReader lines, string? format, string? connector, CancellationToken stop) =>
        (await mediator.Send(new ImportReportCommand(format, connector, ReadRecordsAsync(lines, CancellationToken.None)), stop)).Select(ToResponse);

    private static async IAsyncEnumerable<ReportRecord> ReadRecordsAsync(LineReader lines, [EnumeratorCancellation] CancellationToken stop)
    {
        var hasHeader = false;
        await foreach (var line in lines.ReadAsync(stop))
        {
            if (line.Error is null && line.Body.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            ReportRecord record;
            try
            {
                record = line.Error is not null ? throw line.Error
                    : line.Body.Length > Limits.BodyBytes ? throw new LineTooLongException()
                    : new(line.Number, PaymentCsv.Cells(line.Body.Span));
            }
            catch (Exception e) when (hasHeader && e is InvalidBodyException or LineTooLongException)
            {
                record = new(line.Number, [], e.Message);
            }

            hasHeader = true;
            yield return record;
        }
    }

    private async IAsyncEnumerable<ImportLine> ReadAsync(LineReader lines, bool isCsv, [EnumeratorCancellation] CancellationToken stop)
    {
        PaymentCsv? csv = null;
        await foreach (var line in lines.ReadAsync(stop))
        {
            if (line.Error is null && line.Body.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            if (isCsv && csv is null)
            {
                csv = line.Error is null ? PaymentCsv.ReadHeader(line.Body.Span) : throw line.Error;
                continue;
            }

            yield return Read(line, csv);
        }
    }

    private ImportLine Read(Line line, PaymentCsv? csv)
    {
        try
        {
            var body = line.Error is not null ? throw line.Error : csv is null ? line.Body : csv.ToJson(line.Body.Span);
            var isExported = IsExported(body.Span);
            if (line.Body.Length > Limits.BodyBytes && !isExported)
            {
                throw new LineTooLongException();
            }

            var request = (PaymentRequest)JsonBodyFormatter.Read(body, isExported ? _exported : _create);
            PaymentReport report = isExported ? mapper.Map<ImportPaymentCommand>(request) : mapper.Map<CreatePaymentCommand>(request);
            return new(line.Number, line.Body.Length, report);
        }
        catch (InvalidBodyException e) when (csv is null && line.Error is null && line.Body.Span.Trim(" \t\r"u8) is not [(byte)'{', .., (byte)'}'])
        {
            // Most likely a part of an object that spans several lines.
            return new(line.Number, line.Body.Length, new InvalidBodyException($"{e.Message} NDJSON has one object per line."));
        }
        catch (Exception e)
        {
            return new(line.Number, line.Body.Length, e);
        }
    }

    private ImportedLine ToResponse(ImportLineResult result)
    {
        var outcome = result.Outcome;
        var error = result.Error is null ? null : RequestError.Of(result.Error);
        if (result.Error is not null && error is null)
        {
            LogFault(logger, result.Error, result.Number);
            outcome = ImportOutcome.Unavailable;
            error = Problems.LineFailed;
        }

        return new()
        {
            Line = result.Number,
            Outcome = WireName<ImportOutcome>.Of(outcome),
            Id = result.Payment?.Id.ToString(),
            StoredAsset = outcome == ImportOutcome.Stored ? result.Payment?.Details.Asset.Code : null,
            ErrorCode = error?.Code,
            ErrorMessage = error?.Message,
            Errors = error?.ErrorsByField,
            Kind = result.SkippedKind,
        };
    }

    // Only an exported payment has adjustments. If the line is not JSON, reading it as a create returns the error.
    private static bool IsExported(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("\"adjustments\""u8) < 0)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Limits.ExportedPaymentDepth });
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("adjustments"u8))
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: the name of a member contains a lone surrogate.
        }

        return false;
    }

    [LoggerMessage(1, LogLevel.Error, "Line {Line} of an import failed")] private static partial void LogFault(ILogger logger, Exception exception, long line);
}
