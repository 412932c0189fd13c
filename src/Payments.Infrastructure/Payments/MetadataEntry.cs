using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Payments.Infrastructure.Payments;

/// <summary>
/// What a key, or a key with its value, is looked up by in <c>payment_metadata</c>: the first 16 bytes of the SHA-256 of a text in UTF-16,
/// as the schema scripts make it too. Both can be longer than SQL Server lets an index key be.
/// </summary>
internal static class MetadataEntry
{
    private const int HashLength = 16;

    public static byte[] OfKey(string key) => Hash($":{key}");

    // The length keeps a=b, c from being the same as a, b=c.
    public static byte[] Of(string key, string value) => Hash(string.Create(CultureInfo.InvariantCulture, $"{key.Length}:{key}{value}"));

    /// <summary>The hashes of all keys and entries, one behind the other.</summary>
    public static byte[] All(IEnumerable<KeyValuePair<string, string>> entries) =>
        [.. entries.SelectMany(entry => OfKey(entry.Key).Concat(Of(entry.Key, entry.Value)))];

    /// <summary>The hashes of the first that are not among those of the second.</summary>
    public static byte[] Except(byte[] hashes, byte[] others)
    {
        var known = others.Chunk(HashLength).Select(Convert.ToHexString).ToHashSet();
        return [.. hashes.Chunk(HashLength).Where(hash => !known.Contains(Convert.ToHexString(hash))).SelectMany(hash => hash)];
    }

    /// <summary>How many hashes there are.</summary>
    public static int Count(byte[] hashes) => hashes.Length / HashLength;

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.Unicode.GetBytes(text))[..HashLength];
}
