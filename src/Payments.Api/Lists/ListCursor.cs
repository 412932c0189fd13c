using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Payments.Domain;

namespace Payments.Api.Lists;

/// <summary>
/// A page of a list, with the list's filter, as text that callers hand back unread. A hash tells a cursor of the list from anything else;
/// there is nothing in it that its bearer may not ask for in the open.
/// </summary>
internal static class ListCursor
{
    private const int PageLength = 1 + 4 + 8 + 8;
    private const int HashLength = 8;
    private const byte Ascending = 1;
    private const byte Backwards = 2;

    /// <summary>Writes a page of the list of a name; what the text of the filter means is the list's own.</summary>
    public static string Write(string list, PageRequest page, string filter = "")
    {
        var bytes = new byte[PageLength + Encoding.UTF8.GetByteCount(filter) + HashLength];
        bytes[0] = (byte)((page.Ascending ? Ascending : 0) | (page.Backwards ? Backwards : 0));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), page.Size);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(5), page.Position!.CreatedAt.Utc.Ticks);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(13), page.Position.Sequence);
        Encoding.UTF8.GetBytes(filter, bytes.AsSpan(PageLength));
        Hash(list, bytes.AsSpan(..^HashLength)).CopyTo(bytes.AsSpan(^HashLength..));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads what <see cref="Write"/> wrote for the same list, and nothing else.</summary>
    public static bool TryRead(string list, string text, [NotNullWhen(true)] out PageRequest? page, [NotNullWhen(true)] out string? filter)
    {
        page = null;
        filter = null;
        if (!Base64Url.IsValid(text, out var length) || length < PageLength + HashLength)
        {
            return false;
        }

        var bytes = Base64Url.DecodeFromChars(text).AsSpan();
        if (!Hash(list, bytes[..^HashLength]).SequenceEqual(bytes[^HashLength..]))
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

        var read = new PageRequest(
            size,
            (bytes[0] & Ascending) != 0,
            new PagePosition(new Instant(new DateTimeOffset(ticks, TimeSpan.Zero)), sequence),
            (bytes[0] & Backwards) != 0);
        var readFilter = Encoding.UTF8.GetString(bytes[PageLength..^HashLength]);

        // Two spellings of the last character can stand for the same bytes, and bytes that are no UTF-8 are read as another filter.
        if (Write(list, read, readFilter) != text)
        {
            return false;
        }

        (page, filter) = (read, readFilter);
        return true;
    }

    private static ReadOnlySpan<byte> Hash(string list, ReadOnlySpan<byte> content) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(list), .. content]).AsSpan(0, HashLength);
}
