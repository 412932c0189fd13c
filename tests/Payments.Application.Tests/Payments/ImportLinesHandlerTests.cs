using MediatR;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

public sealed class ImportLinesHandlerTests
{
    private readonly Mock<IMediator> _mediator = new();
    private readonly Mock<IPaymentRepository> _payments = new();

    [SetUp]
    public void Reset()
    {
        _mediator.Reset();
        _payments.Reset();
        _payments.Setup(payments => payments.MaxConcurrentWrites).Returns(1024);
    }

    [Test]
    public async Task Handle_DatabaseBusy_Retries()
    {
        var attempts = 0;
        Respond(_ => ++attempts < 3 ? throw new UnavailableException("busy") : throw new ConflictException("It differs.", [new("amount", "differs")]));
        var results = await RunAsync(Line(1, "a"));
        Assert.That((attempts, results.Single().Outcome), Is.EqualTo((3, ImportOutcome.Conflict)));
    }

    [Test]
    public async Task Handle_DatabaseGone_ReturnsUnavailableAndContinues()
    {
        Respond(report => report.Reference == "a" ? throw new UnavailableException("gone") : throw new ConflictException("It differs.", []));
        var results = await RunAsync(Line(1, "a"), Line(2, "b"));
        Assert.That(results.Select(result => result.Outcome), Is.EqualTo((ImportOutcome[])[ImportOutcome.Unavailable, ImportOutcome.Conflict]));
    }

    [Test]
    public async Task Handle_UnexpectedException_ReturnsUnavailableAndContinues()
    {
        Respond(report => report.Reference == "a" ? throw new InvalidOperationException() : throw new ValidationException([]));
        var results = await RunAsync(Line(1, "a"), Line(2, "b"));
        Assert.Multiple(() =>
        {
            Assert.That(results.Select(result => result.Outcome), Is.EqualTo((ImportOutcome[])[ImportOutcome.Unavailable, ImportOutcome.Invalid]));
            Assert.That(results[0].Error, Is.InstanceOf<InvalidOperationException>());
        });
    }

    [Test]
    public async Task Handle_LineWithoutReport_ReturnsInvalidWithItsError()
    {
        var error = new FormatException();
        var results = await RunAsync(new ImportLine(7, 1, error));
        Assert.That(results, Is.EqualTo((ImportLineResult[])[new(7, ImportOutcome.Invalid, null, error)]));
    }

    [TestCase(1024, 1, 1024)]
    [TestCase(768, 1, 768)]
    [TestCase(1024, 20 * 1024, 170)]
    [TestCase(1024, 200 * 1024, 20)]
    [TestCase(256, 1, 256)]
    public async Task Handle_EndlessLines_LimitsLinesInProgress(int concurrentWrites, int bytes, int expected)
    {
        _payments.Setup(payments => payments.MaxConcurrentWrites).Returns(concurrentWrites);
        var begun = 0;
        var proceed = new TaskCompletionSource();
        _mediator.Setup(mediator => mediator.Send(It.IsAny<IRequest<RecordedPayment>>(), It.IsAny<CancellationToken>()))
            .Returns(async () =>
            {
                Interlocked.Increment(ref begun);
                await proceed.Task;
                throw new ConflictException("It differs.", []);
            });
        using var stop = new CancellationTokenSource();
        var lines = Enumerable.Range(1, 2000).Select(number => Line(number, $"{number}", bytes)).ToAsyncEnumerable();
        var running = RunAsync(lines, stop.Token);
        while (Volatile.Read(ref begun) < expected)
        {
            await Task.Delay(1);
        }

        // No further line begins, however long this waits.
        await Task.Delay(50);
        Assert.That(begun, Is.EqualTo(expected));

        // Every line that begins has a result.
        await stop.CancelAsync();
        proceed.SetResult();
        var results = await running;
        Assert.That(results.Select(result => result.Number), Is.EqualTo(Enumerable.Range(1, begun)));
    }

    [Test]
    public async Task Handle_LinesOfOnePayment_RecordsOneAfterTheOther()
    {
        var (current, max) = (0, 0);
        _mediator.Setup(mediator => mediator.Send(It.IsAny<IRequest<RecordedPayment>>(), It.IsAny<CancellationToken>()))
            .Returns(async () =>
            {
                max = Math.Max(max, Interlocked.Increment(ref current));
                await Task.Yield();
                Interlocked.Decrement(ref current);
                throw new ConflictException("It differs.", []);
            });
        var results = await RunAsync([.. Enumerable.Range(1, 500).Select(number => Line(number, "a"))]);
        Assert.That((max, results.Count), Is.EqualTo((1, 500)));
    }

    [Test]
    public async Task Handle_LinesInterrupted_ReturnsResultsAndThenThrows()
    {
        Respond(_ => throw new ConflictException("It differs.", []));
        var results = new List<ImportLineResult>();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var result in await Handler().Handle(new ImportLinesCommand(Interrupted()), default))
            {
                results.Add(result);
            }
        });
        Assert.That(results, Has.Count.EqualTo(1));

        static async IAsyncEnumerable<ImportLine> Interrupted()
        {
            yield return Line(1, "a");
            await Task.Yield();
            throw new IOException("gone");
        }
    }

    private static ImportLine Line(long number, string reference, int bytes = 1) => new(number, bytes, new CreatePaymentCommand { Reference = reference });

    private void Respond(Func<PaymentReport, RecordedPayment> response) =>
        _mediator.Setup(mediator => mediator.Send(It.IsAny<IRequest<RecordedPayment>>(), It.IsAny<CancellationToken>()))
            .Returns((IRequest<RecordedPayment> report, CancellationToken _) => Task.Run(() => response((PaymentReport)report)));

    private ImportLinesHandler Handler() => new(_mediator.Object, _payments.Object);

    private Task<List<ImportLineResult>> RunAsync(params ImportLine[] lines) => RunAsync(lines.ToAsyncEnumerable(), default);

    private async Task<List<ImportLineResult>> RunAsync(IAsyncEnumerable<ImportLine> lines, CancellationToken stop) =>
        await (await Handler().Handle(new ImportLinesCommand(lines), stop)).ToListAsync(CancellationToken.None);
}
