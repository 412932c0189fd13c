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
    /// <summary>The line of a provider's report is no payment, such as a fee. Nothing changed.</summary>
    [JsonStringEnumMemberName("skipped")] Skipped = 6,
}

/// <summary>A line to import, numbered from 1: a command, the kind of a line to skip, or the error for which it is rejected.</summary>
public sealed record ImportLine(long Number, int Bytes)
{
    /// <summary>A line that cannot be read.</summary>
    public ImportLine(long number, int bytes, Exception error) : this(number, bytes) => Error = error;

    /// <summary>A line that is a report.</summary>
    public ImportLine(long number, int bytes, PaymentReport report) : this(number, bytes) => (Command, References) = (report, [report.Reference ?? ""]);

    /// <summary>The command to send; null for none.</summary>
    public IRequest<RecordedPayment>? Command { get; init; }
    /// <summary>What can identify the payment. Lines that share one of these are recorded one after another.</summary>
    public IReadOnlyList<string> References { get; init; } = [];
    /// <summary>The provider's name of the kind of a line that is no payment.</summary>
    public string? SkippedKind { get; init; }
    /// <summary>Why the line is rejected.</summary>
    public Exception? Error { get; init; }
}

/// <summary>The result of a line: the payment as it is recorded now, the error for which the line was rejected, or the kind for which it was skipped.</summary>
public sealed record ImportLineResult(long Number, ImportOutcome Outcome, Payment? Payment, Exception? Error, string? SkippedKind = null);

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
                foreach (var reference in line.References)
                {
                    lastOfReference.TryRemove(new(reference, line.Result));
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
        if (line.Command is not { } command)
        {
            var outcome = line.SkippedKind is null ? ImportOutcome.Invalid : ImportOutcome.Skipped;
            return new(Task.FromResult(new ImportLineResult(line.Number, outcome, null, line.Error, line.SkippedKind)), [], slots);
        }

        var previous = line.References.Select(reference => lastOfReference.GetValueOrDefault(reference)).OfType<Task>().ToArray();
        var result = RecordAsync(line.Number, command, previous);
        foreach (var reference in line.References)
        {
            lastOfReference[reference] = result;
        }

        return new(result, line.References, slots);
    }

    private async Task<ImportLineResult> RecordAsync(long line, IRequest<RecordedPayment> command, Task[] previous)
    {
        await Task.WhenAll(previous);

        for (var retries = 0; ; retries++)
        {
            try
            {
                var (payment, outcome) = await mediator.Send(command, CancellationToken.None);
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
                    ValidationException or NotFoundException => ImportOutcome.Invalid,
                    ConflictException => ImportOutcome.Conflict,
                    _ => ImportOutcome.Unavailable,
                };
                return new(line, outcome, null, e);
            }
        }
    }

    private readonly record struct InProgress(Task<ImportLineResult> Result, IReadOnlyList<string> References, int Slots);
}
