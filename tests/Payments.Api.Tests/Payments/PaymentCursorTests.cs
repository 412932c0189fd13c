using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Payments.Api.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Tests.Payments;

public sealed class PaymentCursorTests
{
    [Test]
    public void Cursor_OfAPage_IsReadBackTheSame([Values] bool ascending, [Values] bool backwards)
    {
        var page = new PageRequest(1000, ascending, new PagePosition(new Instant(DateTimeOffset.MaxValue), long.MaxValue), backwards);
        Assert.That(PaymentCursor.TryRead(PaymentCursor.Write(page), out var read), Is.True);
        Assert.That(read, Is.EqualTo(page));
    }

    [TestCase(0, 0, 1)]
    [TestCase(-1, 0, 1)]
    [TestCase(1001, 0, 1)]
    [TestCase(int.MaxValue, 0, 1)]
    [TestCase(15, -1, 1)]
    [TestCase(15, long.MaxValue, 1)]
    [TestCase(15, 0, 0)]
    public void Cursor_OfWhatNoListAnswers_IsRefusedThoughItsHashIsRight(int size, long ticks, long sequence)
    {
        byte[] page = [0, .. BigEndian(size)[4..], .. BigEndian(ticks), .. BigEndian(sequence)];
        var hash = SHA256.HashData([.. "payments.v1"u8, .. page]).AsSpan(0, 8).ToArray();
        Assert.That(PaymentCursor.TryRead(Base64Url.EncodeToString([.. page, .. hash]), out _), Is.False);
    }

    [Test]
    public void Cursor_WithAnyCharacterChanged_IsRefused()
    {
        var text = PaymentCursor.Write(new PageRequest(15, Position: new PagePosition(new Instant(DateTimeOffset.UnixEpoch), 42)));
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var c in "A-z0=.")
            {
                var forged = $"{text[..i]}{c}{text[(i + 1)..]}";
                Assert.That(PaymentCursor.TryRead(forged, out _), Is.EqualTo(forged == text), forged);
            }
        }

        Assert.That(PaymentCursor.TryRead(text + "A", out _), Is.False);
        Assert.That(PaymentCursor.TryRead(text[1..], out _), Is.False);
    }

    private static byte[] BigEndian(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
