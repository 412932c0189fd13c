using System.IO.Pipelines;
using Payments.Api.Payments.Import;

namespace Payments.Api.Tests.Payments;

public sealed class ResponseSpoolTests
{
    [Test]
    public async Task CopyToAsync_DuringWrites_CopiesEveryByteInOrder()
    {
        using var spool = new ResponseSpool();
        using var copied = new MemoryStream();
        var random = new Random(1);
        var written = new byte[3_000_000];
        random.NextBytes(written);
        var copying = Task.Run(() => spool.CopyToAsync(copied, Timeout.InfiniteTimeSpan, default));
        for (var rest = written.AsMemory(); rest.Length > 0;)
        {
            var length = Math.Min(rest.Length, random.Next(100_000));
            spool.Write(rest.Span[..length]);
            rest = rest[length..];
            await Task.Yield();
        }

        spool.Complete();
        await copying;
        Assert.That(copied.ToArray(), Is.EqualTo(written));
    }

    [Test]
    public async Task CopyToAsync_ClientStopsReading_ThrowsAfterResponseIsComplete()
    {
        using var spool = new ResponseSpool();
        var unread = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1)).Writer.AsStream();
        var copying = spool.CopyToAsync(unread, TimeSpan.FromMilliseconds(50), default);
        spool.Write("line"u8);
        await Task.Delay(500);
        Assert.That(copying.IsCompleted, Is.False);

        spool.Complete();
        await Assert.ThrowsAsync<TimeoutException>(() => copying);
    }

    [Test]
    public void Create_ResponseSpool_HasNoFileName()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows keeps the name until the file is closed.");
            return;
        }

        using var spool = new ResponseSpool();
        spool.Write("secret"u8);
        Assert.That(Directory.GetFiles(Path.GetTempPath(), "payments-import-*"), Is.Empty);
    }
}
