using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Payments.Api.Hosting;
using Payments.Api.Payments.Import;

namespace Payments.Api.Tests.Payments;

public sealed class LineReaderTests
{
    [TestCase("", new string[0])]
    [TestCase("a", new[] { "a" })]
    [TestCase("a\n", new[] { "a" })]
    [TestCase("a\r\nb\nc", new[] { "a", "b", "c" })]
    [TestCase("\n\na\r\n\r\n", new[] { "", "", "a", "" })]
    [TestCase("\ufeffa\nb", new[] { "a", "b" })]
    [TestCase("a\"b\nc\"d", new[] { "a\"b", "c\"d" })]
    public async Task ReadAsync_OfLines_EndsEachAtItsLineFeed(string text, string[] lines) => await AssertReadsAsync(text, lines, isCsv: false);

    [TestCase("a,b\r\nc", new[] { "a,b", "c" })]
    [TestCase("\"a\nb\",c\nd", new[] { "\"a\nb\",c", "d" })]
    [TestCase("a,\"b\"\"\r\n\"\r\nc\n", new[] { "a,\"b\"\"\r\n\"", "c" })]
    [TestCase("a\"\nb,c\"\nd", new[] { "a\"", "b,c\"", "d" })]
    [TestCase("\"a\"x\"\nb", new[] { "\"a\"x\"", "b" })]
    [TestCase("\"a,\nb", new[] { "\"a,\nb" })]
    [TestCase("\ufeff\"a\nb\"\nc", new[] { "\"a\nb\"", "c" })]
    public async Task ReadAsync_OfCsv_EndsEachRecordOutsideItsQuotes(string text, string[] records) => await AssertReadsAsync(text, records, isCsv: true);

    [Test]
    public async Task ReadAsync_OfAStreamThatStops_EndsBehindTheLinesThatCame()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("a\nb"u8.ToArray());
        var lines = new LineReader(pipe.Reader, isCsv: false) { IdleTimeout = TimeSpan.FromMilliseconds(50) }.ReadAsync(default).GetAsyncEnumerator();
        Assert.That(await lines.MoveNextAsync(), Is.True);
        var exception = await Assert.ThrowsAsync<BadHttpRequestException>(() => lines.MoveNextAsync().AsTask());
        Assert.That(exception!.StatusCode, Is.EqualTo(408));
    }

    [Test]
    public async Task ReadAsync_OfALineThatIsTooLong_SkipsItAndHoldsNoMore()
    {
        // A little more than the limit, and then a line as long as the limit is.
        var pipe = new Pipe();
        var writing = Task.Run(async () =>
        {
            var piece = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
            await pipe.Writer.WriteAsync("a\n"u8.ToArray());
            foreach (var tooLong in (bool[])[true, false])
            {
                for (var length = 0; length < Limits.ExportedPaymentBytes; length += piece.Length)
                {
                    await pipe.Writer.WriteAsync(piece);
                }

                await pipe.Writer.WriteAsync(tooLong ? "x\n"u8.ToArray() : "\n"u8.ToArray());
            }

            await pipe.Writer.WriteAsync("b"u8.ToArray());
            await pipe.Writer.CompleteAsync();
        });
        var reader = new LineReader(pipe.Reader, isCsv: false);
        var lines = await reader.ReadAsync(default).Select(line => (line.Number, line.Body.Length, line.IsTooLong)).ToListAsync();
        await writing;
        Assert.Multiple(() =>
        {
            Assert.That(lines, Is.EqualTo(((long, int, bool)[])[(1, 1, false), (2, 0, true), (3, Limits.ExportedPaymentBytes, false), (4, 1, false)]));
            Assert.That(reader.BytesRead, Is.EqualTo((2 * Limits.ExportedPaymentBytes) + 6));
        });
    }

    private static async Task AssertReadsAsync(string text, string[] lines, bool isCsv)
    {
        // Wherever the stream is cut.
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var size in (int[])[1, 2, 3, 5, 1000])
        {
            var reader = new LineReader(PipeReader.Create(new PiecewiseStream(bytes, size)), isCsv);
            var read = await reader.ReadAsync(default).Select(line => (line.Number, Encoding.UTF8.GetString(line.Body.Span))).ToListAsync();
            Assert.That(read, Is.EqualTo(lines.Select((line, i) => ((long)i + 1, line))), $"in pieces of {size}");
            Assert.That(reader.BytesRead, Is.EqualTo(bytes.Length));
        }
    }

    private sealed class PiecewiseStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
