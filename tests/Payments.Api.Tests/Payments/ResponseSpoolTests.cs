using Payments.Api.Payments.Import;

namespace Payments.Api.Tests.Payments;

public sealed class ResponseSpoolTests
{
    [Test]
    public async Task CopyToAsync_WhileItIsWritten_HasEveryByteInOrder()
    {
        using var spool = new ResponseSpool();
        using var copied = new MemoryStream();
        var random = new Random(1);
        var written = new byte[3_000_000];
        random.NextBytes(written);
        var copying = Task.Run(() => spool.CopyToAsync(copied, () => { }, default));
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
    public void Create_LeavesNoFileBehindThatAnotherCouldRead()
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
