using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Payments.Api.Lists;
using Payments.Domain;

namespace Payments.Api.Tests;

public sealed class ListCursorTests
{
    private const string List = "payments.v1";

    private static readonly PageRequest Page = new(15, Position: new PagePosition(new Instant(DateTimeOffset.UnixEpoch), 42));

    [Test]
    public void Cursor_OfAPage_IsReadBackTheSame([Values] bool ascending, [Values] bool backwards, [Values("", "a", "{\"ü\":\"😀\"}")] string filter)
    {
        var page = new PageRequest(1000, ascending, new PagePosition(new Instant(DateTimeOffset.MaxValue), long.MaxValue), backwards);
        Assert.That(ListCursor.TryRead(List, ListCursor.Write(List, page, filter), out var read, out var readFilter), Is.True);
        Assert.That((read, readFilter), Is.EqualTo((page, filter)));
    }

    [TestCase("")]
    [TestCase("a filter")]
    public void Cursor_OfAnotherList_IsRefused(string filter) => Assert.Multiple(() =>
    {
        Assert.That(IsRead("payments.v1", ListCursor.Write("accounts.v1", Page, filter)), Is.False);
        Assert.That(IsRead("accounts.v1", ListCursor.Write("payments.v1", Page, filter)), Is.False);
    });

    [TestCase(0, 0, 1)]
    [TestCase(-1, 0, 1)]
    [TestCase(1001, 0, 1)]
    [TestCase(int.MaxValue, 0, 1)]
    [TestCase(15, -1, 1)]
    [TestCase(15, long.MaxValue, 1)]
    [TestCase(15, 0, 0)]
    public void Cursor_OfWhatNoListAnswers_IsRefusedThoughItsHashIsRight(int size, long ticks, long sequence) =>
        Assert.That(IsRead(List, Signed([0, .. BigEndian(size)[4..], .. BigEndian(ticks), .. BigEndian(sequence)])), Is.False);

    [Test]
    public void Cursor_OfAFilterThatIsNotUtf8_IsRefusedThoughItsHashIsRight()
    {
        byte[] page = [0, .. BigEndian(15)[4..], .. BigEndian(0), .. BigEndian(1)];
        Assert.Multiple(() =>
        {
            Assert.That(IsRead(List, Signed([.. page, (byte)'a', 0x80])), Is.False);
            Assert.That(IsRead(List, Signed([.. page, 0xED, 0xA0, 0x80])), Is.False, "half of a surrogate pair");
            Assert.That(IsRead(List, Signed([.. page, (byte)'a'])), Is.True);
        });
    }

    [TestCase("")]
    [TestCase("f")]
    [TestCase("fi")]
    public void Cursor_WithAnyCharacterChanged_IsRefused(string filter)
    {
        var text = ListCursor.Write(List, Page, filter);
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var c in "A-z0=. ")
            {
                var forged = $"{text[..i]}{c}{text[(i + 1)..]}";
                Assert.That(IsRead(List, forged), Is.EqualTo(forged == text), forged);
            }
        }

        foreach (var forged in (string[])["", "A", text + "A", text + "=", text + " ", text[1..], text[..^1], text[..8]])
        {
            Assert.That(IsRead(List, forged), Is.False, forged);
        }
    }

    private static bool IsRead(string list, string text) => ListCursor.TryRead(list, text, out _, out _);

    private static string Signed(byte[] content) =>
        Base64Url.EncodeToString([.. content, .. SHA256.HashData([.. "payments.v1"u8, .. content]).AsSpan(0, 8)]);

    private static byte[] BigEndian(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
