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
    public static byte[] All(IEnumerable<KeyValuePair<string, string>> entries) =>
        [.. entries.SelectMany(entry => OfKey(entry.Key).Concat(Of(entry.Key, entry.Value)))];

    public static byte[] Except(byte[] hashes, byte[] others) =>
        [.. hashes.Chunk(HashLength).ExceptBy(others.Chunk(HashLength).Select(Convert.ToHexString), Convert.ToHexString).SelectMany(hash => hash)];

    public static int Count(byte[] hashes) => hashes.Length / HashLength;

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.Unicode.GetBytes(text))[..HashLength];
}
