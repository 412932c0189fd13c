using System.IO.Pipelines;
using System.Text;
using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using Payments.Api.Payments.Import;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Infrastructure.Database;

namespace Payments.Api.Tests.Payments;

/// <summary>The import before a store that is busy, gone, slow or broken.</summary>
public sealed class PaymentImportTests
{
    private readonly Mock<IMediator> _mediator = new();
    private PaymentsService _service = null!;

    [OneTimeSetUp]
    public void Start() => _service = new PaymentsService();

    [OneTimeTearDown]
    public void Stop() => _service.Dispose();

    [SetUp]
    public void Forget() => _mediator.Reset();

    [Test]
    public async Task RunAsync_BeforeAStoreThatIsBusy_TriesAgain()
    {
        var tries = 0;
        Answer(_ => ++tries < 3 ? throw new UnavailableException("busy") : throw new ConflictException("It differs.", [new("amount", "differs")]));
        var answers = await RunAsync("{\"reference\":\"a\"}");
        Assert.That((tries, answers.Single().Outcome), Is.EqualTo((3, "conflict")));
    }

    [Test]
    public async Task RunAsync_BeforeAStoreThatIsGone_AnswersSoAndGoesOn()
    {
        Answer(command => command.Reference == "a" ? throw new UnavailableException("gone") : throw new ConflictException("It differs.", []));
        var answers = await RunAsync("{\"reference\":\"a\"}\n{\"reference\":\"b\"}");
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => answer.Outcome), Is.EqualTo((string[])["unavailable", "conflict"]));
            Assert.That(answers[0].ErrorCode, Is.EqualTo("UNAVAILABLE"));
        });
    }

    [Test]
    public async Task RunAsync_WhereAFaultOfOursIs_TellsNothingOfItAndGoesOn()
    {
        Answer(command => command.Reference == "a" ? throw new InvalidOperationException("secret") : throw new ConflictException("It differs.", []));
        var answers = await RunAsync("{\"reference\":\"a\"}\n{\"reference\":\"b\"}");
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => answer.Outcome), Is.EqualTo((string[])["unavailable", "conflict"]));
            Assert.That((answers[0].ErrorCode, answers[0].ErrorMessage), Is.EqualTo(("INTERNAL", "The service has failed at this line; its log tells more. Nothing is half-written.")));
        });
    }

    [TestCase("Sqlite", 1, 1024)]
    [TestCase("Sqlite", 20 * 1024, 170)]
    [TestCase("Sqlite", 200 * 1024, 20)]
    [TestCase("SqlServer", 1, 256)]
    public async Task RunAsync_OfEndlessLines_HasNoMoreUnderWayThanItHasRoomFor(string provider, int length, int most)
    {
        var begun = 0;
        var goOn = new TaskCompletionSource();
        _mediator.Setup(mediator => mediator.Send(It.IsAny<IRequest<RecordedPayment>>(), It.IsAny<CancellationToken>()))
            .Returns(async () =>
            {
                Interlocked.Increment(ref begun);
                await goOn.Task;
                throw new ConflictException("It differs.", []);
            });
        using var stop = new CancellationTokenSource();
        var read = 0;
        var lines = Enumerable.Range(0, 2000).Select(i =>
        {
            read++;
            return $"{{\"reference\":\"{i}\",\"raw\":{{\"x\":\"{new string('x', length)}\"}}}}\n";
        });
        var running = Import(provider).RunAsync(new LineReader(PipeReader.Create(new LazyStream(lines)), isCsv: false), isCsv: false, stop.Token).ToListAsync();
        while (Volatile.Read(ref begun) < most)
        {
            await Task.Delay(1);
        }

        // Nothing more is begun however long it is waited for; what is read ahead is a buffer.
        await stop.CancelAsync();
        goOn.SetResult();
        var answers = await running;
        Assert.That(begun, Is.EqualTo(most));
        Assert.That(answers.Select(answer => answer.Line), Is.EqualTo(Enumerable.Range(1, most)));
    }

    [Test]
    public async Task RunAsync_OfOnePayment_BeginsALineWhenTheOneBeforeIsDone()
    {
        var (atOnce, most) = (0, 0);
        _mediator.Setup(mediator => mediator.Send(It.IsAny<IRequest<RecordedPayment>>(), It.IsAny<CancellationToken>()))
            .Returns(async () =>
            {
                most = Math.Max(most, Interlocked.Increment(ref atOnce));
                await Task.Yield();
                Interlocked.Decrement(ref atOnce);
                throw new ConflictException("It differs.", []);
            });
        var answers = await RunAsync(string.Concat(Enumerable.Repeat("{\"reference\":\"a\"}\n", 500)));
        Assert.That((most, answers.Count), Is.EqualTo((1, 500)));
    }

    [Test]
    public async Task RunAsync_OfAStreamThatBreaksOff_AnswersWhatItReadAndThenFails()
    {
        Answer(_ => throw new ConflictException("It differs.", []));
        var answers = new List<ImportedLine>();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            var lines = new LazyStream(((string[])["{\"reference\":\"a\"}\n"]).Concat(Enumerable.Range(0, 1).Select<int, string>(_ => throw new IOException("gone"))));
            await foreach (var line in Import().RunAsync(new LineReader(PipeReader.Create(lines), isCsv: false), isCsv: false, default))
            {
                answers.Add(line);
            }
        });
        Assert.That(answers, Has.Count.EqualTo(1));
    }

    private void Answer(Func<CreatePaymentCommand, RecordedPayment> answer) =>
        _mediator.Setup(mediator => mediator.Send(It.IsAny<IRequest<RecordedPayment>>(), It.IsAny<CancellationToken>()))
            .Returns((IRequest<RecordedPayment> command, CancellationToken _) => Task.Run(() => answer((CreatePaymentCommand)command)));

    private async Task<List<ImportedLine>> RunAsync(string lines) => await Import()
        .RunAsync(new LineReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(lines))), isCsv: false), isCsv: false, default).ToListAsync();

    private PaymentImport Import(string provider = "Sqlite") => new(
        _mediator.Object,
        _service.Services.GetRequiredService<IMapper>(),
        _service.Services.GetRequiredService<IOptions<JsonOptions>>(),
        Options.Create(new DatabaseOptions { Provider = provider }),
        NullLogger<PaymentImport>.Instance);

    /// <summary>Makes a line when it is read.</summary>
    private sealed class LazyStream(IEnumerable<string> lines) : Stream
    {
        private readonly IEnumerator<string> _lines = lines.GetEnumerator();
        private ReadOnlyMemory<byte> _rest;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty && _lines.MoveNext())
            {
                _rest = Encoding.UTF8.GetBytes(_lines.Current);
            }

            var length = Math.Min(buffer.Length, _rest.Length);
            _rest[..length].CopyTo(buffer);
            _rest = _rest[length..];
            return ValueTask.FromResult(length);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
