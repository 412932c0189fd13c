using System.Security.Cryptography;

namespace Payments.Infrastructure.Payments;

/// <summary>The hashes by which <c>payment_metadata</c> finds a key, or a key with its value: the first
/// 16 bytes of a SHA-256. Both can be longer than an index key of SQL Server.</summary>
internal static class MetadataEntry
{
    private const int HashLength = 16;

    public static byte[] OfKey(string key) => Hash($":{key}");

    // The length distinguishes the key "ab" with the value "c" from the key "a" with the value "bc".
    public static byte[] Of(string key, string value) => Hash(string.Create(CultureInfo.InvariantCulture, $"{key.Length}:{key}{value}"));

    /// <summary>The hashes of all keys and entries, concatenated.</summary>
    public static byte[] All(IReadOnlyDictionary<string, string> entries)
    {
        var hashes = new byte[2 * HashLength * entries.Count];
        var rest = hashes.AsSpan();
        foreach (var (key, value) in entries)
        {
            OfKey(key).CopyTo(rest);
            Of(key, value).CopyTo(rest[HashLength..]);
            rest = rest[(2 * HashLength)..];
        }

        return hashes;
    }

    public static byte[] Except(byte[] hashes, byte[] others) =>
        [.. hashes.Chunk(HashLength).ExceptBy(others.Chunk(HashLength).Select(Convert.ToHexString), Convert.ToHexString).SelectMany(hash => hash)];

    public static int Count(byte[] hashes) => hashes.Length / HashLength;

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.Unicode.GetBytes(text))[..HashLength];
}
