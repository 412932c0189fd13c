using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>
/// A page of the list of payments as text that callers hand back unread. A hash tells a cursor of this list from anything else; there is
/// nothing in it that its bearer may not ask for in the open.
/// </summary>
internal static class PaymentCursor
{
    private const int PageLength = 1 + 4 + 8 + 8;
    private const int Length = PageLength + HashLength;
    private const int HashLength = 8;
    private const byte Ascending = 1;
    private const byte Backwards = 2;

    private static ReadOnlySpan<byte> List => "payments.v1"u8;

    public static string Write(PageRequest page)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = (byte)((page.Ascending ? Ascending : 0) | (page.Backwards ? Backwards : 0));
        BinaryPrimitives.WriteInt32BigEndian(bytes[1..], page.Size);
        BinaryPrimitives.WriteInt64BigEndian(bytes[5..], page.Position!.CreatedAt.Utc.Ticks);
        BinaryPrimitives.WriteInt64BigEndian(bytes[13..], page.Position.Sequence);
        Hash(bytes[..PageLength], bytes[PageLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryRead(string text, [NotNullWhen(true)] out PageRequest? page)
    {
        page = null;
        Span<byte> bytes = stackalloc byte[Length];
        Span<byte> hash = stackalloc byte[HashLength];
        if (text.Length != Base64Url.GetEncodedLength(Length)
            || !Base64Url.IsValid(text)
            || Base64Url.DecodeFromChars(text, bytes) != Length)
        {
            return false;
        }

        Hash(bytes[..PageLength], hash);
        if (!hash.SequenceEqual(bytes[PageLength..]))
        {
            return false;
        }

        // The hash has no key, so what is in it is still checked.
        var size = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes[5..]);
        var sequence = BinaryPrimitives.ReadInt64BigEndian(bytes[13..]);
        if (size is < 1 or > PageRequest.MaxSize || ticks < 0 || ticks > DateTime.MaxValue.Ticks || sequence < 1)
        {
            return false;
        }

        page = new PageRequest(
            size,
            (bytes[0] & Ascending) != 0,
            new PagePosition(new Instant(new DateTimeOffset(ticks, TimeSpan.Zero)), sequence),
            (bytes[0] & Backwards) != 0);

        // Two spellings of the last character can stand for the same bytes.
        return Write(page) == text;
    }

    private static void Hash(ReadOnlySpan<byte> page, Span<byte> hash)
    {
        Span<byte> all = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. List, .. page], all);
        all[..HashLength].CopyTo(hash);
    }
}
