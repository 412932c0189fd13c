using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Payments.Infrastructure.Changes;

/// <summary>The SHA-256 over a version byte and the length-prefixed fields of an event and of the rows that it stands for.</summary>
internal sealed class EventDigest
{
    private const byte Version = 1;
    private const int NoValue = -1;

    private readonly List<string> _fields = new(32);
    private readonly byte[] _fingerprints = new byte[64];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length = 1;

    public EventDigest() => _buffer[0] = Version;

    /// <summary>The names of the fields, in the order of the fingerprints.</summary>
    public IReadOnlyList<string> Fields => _fields;

    public void Add(string field, string? value)
    {
        if (value is null)
        {
            Append(field, NoValue, 0);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Append(field, length, length));
    }

    public void Add(string field, byte[]? value)
    {
        if (value is null)
        {
            Append(field, NoValue, 0);
            return;
        }

        value.CopyTo(Append(field, value.Length, value.Length));
    }

    public void Add(string field, long value) => BinaryPrimitives.WriteInt64BigEndian(Append(field, sizeof(long), sizeof(long)), value);

    /// <summary>Returns the digest, and for each field one byte that names the field if the digest differs. Nothing can be added after this.</summary>
    public (byte[] Digest, byte[] Fingerprints) Complete()
    {
        var start = 1;
        for (var i = 0; i < _fields.Count; i++)
        {
            var length = sizeof(int) + Math.Max(BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(start)), 0);
            _fingerprints[i] = Fingerprint(_buffer.AsSpan(start, length));
            start += length;
        }

        var digest = SHA256.HashData(_buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        return (digest, _fingerprints[.._fields.Count]);
    }

    private Span<byte> Append(string field, int prefix, int length)
    {
        var start = _length + sizeof(int);
        if (start + length > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _buffer.Length, start + length));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), prefix);
        _fields.Add(field);
        _length = start + length;
        return _buffer.AsSpan(start, length);
    }

    private static byte Fingerprint(ReadOnlySpan<byte> value)
    {
        var crc = uint.MaxValue;
        for (; value.Length >= sizeof(ulong); value = value[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(value));
        }

        foreach (var rest in value)
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return (byte)(crc ^ (crc >> 8) ^ (crc >> 16) ^ (crc >> 24));
    }
}
