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
}
