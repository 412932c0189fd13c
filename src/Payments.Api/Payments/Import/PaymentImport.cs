using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Infrastructure.Database;

namespace Payments.Api.Payments.Import;

/// <summary>
/// Takes payments line by line, in the way of single creates: many at once, for the store writes many for the price of one; those of one
/// payment one after the other; and answered in the order of the lines.
/// </summary>
public sealed partial class PaymentImport(
    IMediator mediator, IMapper mapper, IOptions<JsonOptions> json, IOptions<DatabaseOptions> database, ILogger<PaymentImport> logger)
{
    // What the lines under way may come to, so that long ones do not fill the memory: a line takes one place, and one more for each share of this.
    private const int Bytes = 4 * 1024 * 1024;

    // About 6 seconds in all, beside what the store itself waits: a store that is busy slows the import down, one that is gone refuses the line.
    private const int MaxRetries = 6;
    private const int FirstDelayMilliseconds = 100;

    private static readonly Counter<long> Lines = new Meter("Payments").CreateCounter<long>(
        "payments.import.lines", "{line}", "Lines of imports by what became of them.");

    private static readonly RequestError TooLong = new(
        413,
        ErrorCode.BodyTooLarge,
        $"The line must be at most {Limits.BodyBytes / 1024} KiB; an exported payment with its adjustments, {Limits.ExportedPaymentBytes / 1024 / 1024} MiB.",
        []);

    private static readonly RequestError Failed = new(
        500, ErrorCode.Internal, "The service has failed at this line; its log tells more. Nothing is half-written.", []);

    // How many lines may be under way. SQLite commits all that wait together, and the more they are the less each costs; on SQL Server each goes
    // by itself, and more of them would only stand in the line for a connection before everybody else.
    private readonly int _places = database.Value.IsSqlite ? 1024 : 256;

    private readonly JsonTypeInfo _create = json.Value.JsonSerializerOptions.GetTypeInfo(typeof(PaymentRequest));

    private readonly JsonTypeInfo _exported =
        new JsonSerializerOptions(json.Value.JsonSerializerOptions) { MaxDepth = Limits.ExportedPaymentDepth }.GetTypeInfo(typeof(ExportedPaymentRequest));

    /// <summary>Answers each line once. When it is stopped it reads no further, and what is under way is finished and answered.</summary>
    /// <exception cref="ValidationException">The header of a CSV is not one; nothing was answered.</exception>
    /// <exception cref="IOException">The stream broke off; what was read is answered.</exception>
    internal async IAsyncEnumerable<ImportedLine> RunAsync(LineReader lines, bool isCsv, [EnumeratorCancellation] CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var places = new SemaphoreSlim(_places);
        var tails = new ConcurrentDictionary<string, Task>();
        var underWay = Channel.CreateUnbounded<UnderWay>();
        var reading = Task.Run(() => ReadAsync(lines, isCsv, places, tails, underWay.Writer, end.Token), CancellationToken.None);
        try
        {
            await foreach (var line in underWay.Reader.ReadAllAsync(CancellationToken.None))
            {
                var answer = await line.Answer;
                if (line.Reference is not null)
                {
                    tails.TryRemove(new(line.Reference, line.Answer));
                }

                places.Release(line.Places);
                Lines.Add(1, new KeyValuePair<string, object?>("outcome", answer.Outcome));
                yield return answer;
            }
        }
        finally
        {
            // Where the answers are no longer asked for, too.
            await end.CancelAsync();
            await reading;
            while (underWay.Reader.TryRead(out var line))
            {
                await line.Answer;
            }
        }
    }

    private async Task ReadAsync(
        LineReader lines, bool isCsv, SemaphoreSlim places, ConcurrentDictionary<string, Task> tails, ChannelWriter<UnderWay> underWay, CancellationToken stop)
    {
        Exception? fault = null;
        try
        {
            PaymentCsv? csv = null;
            await foreach (var line in lines.ReadAsync(stop))
            {
                if (isCsv && csv is null)
                {
                    csv = PaymentCsv.ReadHeader(line.Body.Span);
                    continue;
                }

                var taken = Math.Min(1 + (line.Body.Length / (Bytes / _places)), _places);
                for (var place = 0; place < taken; place++)
                {
                    await places.WaitAsync(stop);
                }

                underWay.TryWrite(Begin(line, csv, tails, taken));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            fault = e;
        }
        finally
        {
            underWay.Complete(fault);
        }
    }

    private UnderWay Begin(Line line, PaymentCsv? csv, ConcurrentDictionary<string, Task> tails, int places)
    {
        try
        {
            var body = csv is null || line.IsTooLong ? line.Body : csv.ToJson(line.Body.Span);
            var isExported = IsExported(body.Span);
            if (line.IsTooLong || (line.Body.Length > Limits.BodyBytes && !isExported))
            {
                return new(Task.FromResult(ImportedLine.Refused(line.Number, TooLong)), null, places);
            }

            var request = (PaymentRequest)JsonBodyFormatter.Read(body, isExported ? _exported : _create);
            IRequest<RecordedPayment> command = isExported ? mapper.Map<ImportPaymentCommand>(request) : mapper.Map<CreatePaymentCommand>(request);

            // A payment's own reference is a part of its id, so lines of one payment have the same.
            var reference = request.Reference ?? "";
            tails.TryGetValue(reference, out var before);
            var answer = HandleAsync(line.Number, command, before);
            tails[reference] = answer;
            return new(answer, reference, places);
        }
        catch (Exception e)
        {
            return new(Task.FromResult(Refuse(line.Number, e)), null, places);
        }
    }

    private async Task<ImportedLine> HandleAsync(long line, IRequest<RecordedPayment> command, Task? before)
    {
        if (before is not null)
        {
            await before;
        }

        for (var retries = 0; ; retries++)
        {
            try
            {
                var changed = await mediator.Send(command, CancellationToken.None);
                return ImportedLine.Taken(line, changed.Payment.Id.ToString(), changed.Replayed);
            }
            catch (UnavailableException) when (retries < MaxRetries)
            {
                var delay = FirstDelayMilliseconds << retries;
                await Task.Delay(delay - Random.Shared.Next(delay / 2));
            }
            catch (Exception e)
            {
                return Refuse(line, e);
            }
        }
    }

    private ImportedLine Refuse(long line, Exception exception)
    {
        if (RequestError.Of(exception) is { } refusal)
        {
            return ImportedLine.Refused(line, refusal);
        }

        LogFault(logger, exception, line);
        return ImportedLine.Refused(line, Failed);
    }

    // Only an exported payment has adjustments. What is not JSON is none, and is told what it is when it is read.
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
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("adjustments"u8))
                {
                    return true;
                }

                if (reader.CurrentDepth > 0)
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second one is a name with a lone surrogate.
        }

        return false;
    }

    private readonly record struct UnderWay(Task<ImportedLine> Answer, string? Reference, int Places);

    [LoggerMessage(1, LogLevel.Error, "Line {Line} of an import failed")]
    private static partial void LogFault(ILogger logger, Exception exception, long line);
}
