using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Payments.Api.Errors;
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
    public async Task ReadAsync_Ndjson_EndsLineAtLineFeed(string text, string[] lines) => await AssertReadsAsync(text, lines, isCsv: false);

    [TestCase("a,b\r\nc", new[] { "a,b", "c" })]
    [TestCase("\"a\nb\",c\nd", new[] { "\"a\nb\",c", "d" })]
    [TestCase("a,\"b\"\"\r\n\"\r\nc\n", new[] { "a,\"b\"\"\r\n\"", "c" })]
    [TestCase("a\"\nb,c\"\nd", new[] { "a\"", "b,c\"", "d" })]
    [TestCase("\"a\"x\"\nb", new[] { "\"a\"x\"", "b" })]
    [TestCase("\ufeff\"a\nb\"\nc", new[] { "\"a\nb\"", "c" })]
    public async Task ReadAsync_Csv_EndsRecordAtLineFeedOutsideQuotes(string text, string[] records) => await AssertReadsAsync(text, records, isCsv: true);

    [TestCase(false)]
    [TestCase(true)]
    public async Task ReadAsync_StreamStops_Throws408AfterCompleteLines(bool isGzip)
    {
        var pipe = new Pipe();
        await using Stream stream = isGzip ? new GZipStream(pipe.Writer.AsStream(), CompressionLevel.Fastest) : pipe.Writer.AsStream();
        await stream.WriteAsync("a\nb"u8.ToArray());
        await stream.FlushAsync();
        var reader = isGzip ? PipeReader.Create(new GZipStream(pipe.Reader.AsStream(), CompressionMode.Decompress)) : pipe.Reader;
        var lines = new LineReader(reader, isCsv: false) { IdleTimeout = TimeSpan.FromMilliseconds(50) }.ReadAsync(default).GetAsyncEnumerator();
        Assert.That(await lines.MoveNextAsync(), Is.True);
        var exception = await Assert.ThrowsAsync<BadHttpRequestException>(() => lines.MoveNextAsync().AsTask());
        Assert.That(exception!.StatusCode, Is.EqualTo(408));
    }

    [Test]
    public async Task ReadAsync_TooLongLineInGzip_SkipsItWithinMemoryLimit()
    {
        const int Times = 20;
        using var gzip = new MemoryStream();
        await using (var stream = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true))
        {
            // A line of 20 times the limit, and a line as long as the limit.
            var longest = new byte[Limits.ExportedPaymentBytes];
            Array.Fill(longest, (byte)'x');
            stream.Write("a\n"u8);
            for (var i = 0; i < Times; i++)
            {
                stream.Write(longest);
            }

            stream.Write("\n"u8);
            stream.Write(longest);
            stream.Write("\nb"u8);
        }

        gzip.Position = 0;
        var reader = new LineReader(PipeReader.Create(new GZipStream(gzip, CompressionMode.Decompress)), isCsv: false);
        var before = GC.GetTotalAllocatedBytes();
        var lines = await reader.ReadAsync(default).Select(line => (line.Number, line.Body.Length, line.Error is LineTooLongException)).ToListAsync();
        var allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.Multiple(() =>
        {
            Assert.That(lines, Is.EqualTo(((long, int, bool)[])[(1, 1, false), (2, 0, true), (3, Limits.ExportedPaymentBytes, false), (4, 1, false)]));
            // The buffer doubles until it holds a line of the limit.
            Assert.That(allocated, Is.LessThan(4 * Limits.ExportedPaymentBytes));
        });
    }

    private static async Task AssertReadsAsync(string text, string[] lines, bool isCsv)
    {
        // The pieces end at every place in the text.
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var size in (int[])[1, 2, 3, 5, 1000])
        {
            var reader = new LineReader(PipeReader.Create(new PiecewiseStream(bytes, size)), isCsv);
            var read = await reader.ReadAsync(default).Select(line => (line.Number, Encoding.UTF8.GetString(line.Body.Span))).ToListAsync();
            Assert.That(read, Is.EqualTo(lines.Select((line, i) => ((long)i + 1, line))), $"in pieces of {size}");
        }
    }

    private sealed class PiecewiseStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
