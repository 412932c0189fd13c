using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace Payments.Application.Payments;

/// <summary>The outcome of one line of an import.</summary>
public enum ImportOutcome
{
    /// <summary>The line created or changed its payment.</summary>
    [JsonStringEnumMemberName("stored")] Stored = 1,
    /// <summary>The line repeats what is recorded. Nothing changed.</summary>
    [JsonStringEnumMemberName("replayed")] Replayed = 2,
    /// <summary>The line contradicts what is recorded. Nothing changed.</summary>
    [JsonStringEnumMemberName("conflict")] Conflict = 3,
    /// <summary>The line is invalid. Nothing changed.</summary>
    [JsonStringEnumMemberName("invalid")] Invalid = 4,
    /// <summary>The service could not record the line. It may be valid; send it again.</summary>
    [JsonStringEnumMemberName("unavailable")] Unavailable = 5,
}

/// <summary>A line to import, numbered from 1. If it cannot be read, it has an error instead of a report.</summary>
public sealed record ImportLine(long Number, int Bytes, PaymentReport? Report, Exception? Error = null);

/// <summary>The result of a line: the payment as it is recorded now, or the error for which the line was rejected.</summary>
public sealed record ImportLineResult(long Number, ImportOutcome Outcome, Payment? Payment, Exception? Error);

/// <summary>Imports any number of lines. The results are in the order of the lines.</summary>
public sealed record ImportLinesCommand(IAsyncEnumerable<ImportLine> Lines) : IRequest<IAsyncEnumerable<ImportLineResult>>;

/// <summary>Records lines concurrently, except that lines of the same payment are recorded one after another.
/// On cancellation it reads no more lines, completes those in progress and returns their results.</summary>
/// <remarks>If <see cref="ImportLinesCommand.Lines"/> throws, the results of the lines before it are returned first.</remarks>
internal sealed class ImportLinesHandler(IMediator mediator, IPaymentRepository payments)
    : IRequestHandler<ImportLinesCommand, IAsyncEnumerable<ImportLineResult>>
{
    // The approximate max total length of the lines in progress: a line takes one slot, and a long line takes more.
    private const int MaxBytes = 4 * 1024 * 1024;

    // 3 to 6 seconds in total, so a busy database slows the import down instead of rejecting the line.
    private const int MaxRetries = 6;
    private const int FirstDelayMilliseconds = 100;

    private static readonly Counter<long> Lines = new Meter("Payments").CreateCounter<long>("payments.import.lines", "{line}", "Lines of imports by outcome.");

    private readonly int _slots = payments.MaxConcurrentWrites;

    public Task<IAsyncEnumerable<ImportLineResult>> Handle(ImportLinesCommand request, CancellationToken cancellationToken) =>
        Task.FromResult(RunAsync(request.Lines, cancellationToken));

    private async IAsyncEnumerable<ImportLineResult> RunAsync(IAsyncEnumerable<ImportLine> lines, [EnumeratorCancellation] CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var slots = new SemaphoreSlim(_slots);
        var lastOfReference = new ConcurrentDictionary<string, Task>();
        var inProgress = Channel.CreateUnbounded<InProgress>();
        var reading = Task.Run(() => ReadAsync(lines, slots, lastOfReference, inProgress.Writer, end.Token), CancellationToken.None);
        try
        {
            await foreach (var line in inProgress.Reader.ReadAllAsync(CancellationToken.None))
            {
                var result = await line.Result;
                if (line.Reference is not null)
                {
                    lastOfReference.TryRemove(new(line.Reference, line.Result));
                }

                slots.Release(line.Slots);
                Lines.Add(1, new KeyValuePair<string, object?>("outcome", WireName<ImportOutcome>.Of(result.Outcome)));
                yield return result;
            }
        }
        finally
        {
            // This also runs if the caller stops enumerating early.
            await end.CancelAsync();
            await reading;
            while (inProgress.Reader.TryRead(out var line))
            {
                await line.Result;
            }
        }
    }

    private async Task ReadAsync(
        IAsyncEnumerable<ImportLine> lines, SemaphoreSlim slots, ConcurrentDictionary<string, Task> lastOfReference,
        ChannelWriter<InProgress> inProgress, CancellationToken stop)
    {
        Exception? error = null;
        try
        {
            await foreach (var line in lines.WithCancellation(stop))
            {
                var taken = Math.Min(1 + (line.Bytes / (MaxBytes / _slots)), _slots);
                for (var slot = 0; slot < taken; slot++)
                {
                    await slots.WaitAsync(stop);
                }

                inProgress.TryWrite(Begin(line, lastOfReference, taken));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            error = e;
        }
        finally
        {
            inProgress.Complete(error);
        }
    }

    private InProgress Begin(ImportLine line, ConcurrentDictionary<string, Task> lastOfReference, int slots)
    {
        if (line.Report is not { } report)
        {
            return new(Task.FromResult(new ImportLineResult(line.Number, ImportOutcome.Invalid, null, line.Error)), null, slots);
        }

        // Lines of the same payment have the same reference.
        var reference = report.Reference ?? "";
        lastOfReference.TryGetValue(reference, out var previous);
        var result = RecordAsync(line.Number, report, previous);
        lastOfReference[reference] = result;
        return new(result, reference, slots);
    }

    private async Task<ImportLineResult> RecordAsync(long line, PaymentReport report, Task? previous)
    {
        if (previous is not null)
        {
            await previous;
        }

        for (var retries = 0; ; retries++)
        {
            try
            {
                var (payment, outcome) = await mediator.Send(report, CancellationToken.None);
                return new(line, outcome == RecordOutcome.Replayed ? ImportOutcome.Replayed : ImportOutcome.Stored, payment, null);
            }
            catch (UnavailableException) when (retries < MaxRetries)
            {
                var delay = FirstDelayMilliseconds << retries;
                await Task.Delay(delay - Random.Shared.Next(delay / 2));
            }
            catch (Exception e)
            {
                var outcome = e switch
                {
                    ValidationException => ImportOutcome.Invalid,
                    ConflictException => ImportOutcome.Conflict,
                    _ => ImportOutcome.Unavailable,
                };
                return new(line, outcome, null, e);
            }
        }
    }

    private readonly record struct InProgress(Task<ImportLineResult> Result, string? Reference, int Slots);
}
