using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Payments.Api.Observability;

namespace Payments.Api.Tests.Observability;

public sealed partial class JsonLogTests
{
    [Test]
    public void Log_ManyThreads_WritesWholeLines()
    {
        using var written = new MemoryStream();
        using (var log = new JsonLog(written))
        {
            var logger = log.CreateLogger("category");
            Parallel.For(0, 10_000, i => LogNumber(logger, i, "😀"));
        }

        var lines = Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(line => (int)line["Number"]!), Is.EquivalentTo(Enumerable.Range(0, 10_000)));
            Assert.That(lines.Select(line => (string)line["Text"]!), Has.All.EqualTo("😀"));
            Assert.That((string?)lines[0]["Message"], Is.EqualTo($"number {lines[0]["Number"]} of \"😀\""));
        });
    }

    [Test]
    public void Log_Exception_HasTypesAndStackWithoutMessages()
    {
        using var written = new MemoryStream();
        using (var log = new JsonLog(written))
        {
            try
            {
                throw new InvalidOperationException("secret", new FormatException("secret too"));
            }
            catch (InvalidOperationException e)
            {
                LogFault(log.CreateLogger("category"), e);
            }
        }

        var line = JsonNode.Parse(written.ToArray())!;
        Assert.That(
            (string?)line["Exception"],
            Does.StartWith("System.InvalidOperationException\n   at Payments.Api.Tests").And.Contains("---> System.FormatException").And.Not.Contains("secret"));
    }

    [Test]
    public void Log_ReaderStops_DropsLinesAndReportsHowMany()
    {
        using var output = new StuckStream();
        using (var log = new JsonLog(output))
        {
            var logger = log.CreateLogger("category");
            LogNumber(logger, 1, "first");
            output.Stuck.Wait();
            var text = new string('x', 1024 * 1024);
            for (var i = 0; i < 10; i++)
            {
                LogNumber(logger, i, text);
            }

            output.Continue.Set();
        }

        // Each line has its text twice, so that the queue holds one of them.
        Assert.That(Encoding.UTF8.GetString(output.ToArray()), Does.Contain("\"first\"").And.Contain("Dropped 9 lines").And.EndWith("\n"));
    }

    [Test]
    public void Log_OutputClosed_ThrowsNothing()
    {
        var closed = new MemoryStream();
        closed.Dispose();
        using var log = new JsonLog(closed);
        LogNumber(log.CreateLogger("category"), 1, "lost");
        Assert.That(log.Dispose, Throws.Nothing);
    }

    [LoggerMessage(1, LogLevel.Information, "number {Number} of \"{Text}\"")]
    private static partial void LogNumber(ILogger logger, int number, string text);

    [LoggerMessage(2, LogLevel.Error, "it failed")]
    private static partial void LogFault(ILogger logger, Exception exception);

    private sealed class StuckStream : MemoryStream
    {
        public ManualResetEventSlim Stuck { get; } = new();

        public ManualResetEventSlim Continue { get; } = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Stuck.Set();
            Continue.Wait();
            base.Write(buffer);
        }
    }
}
