using System.Security.Cryptography;

namespace Payments.Providers.Webhooks;

/// <summary>Compares in constant time, and with every secret, so that the duration says nothing about them.</summary>
internal static class Signature
{
    /// <summary>Whether one of the signatures is the HMAC-SHA256 of the data with one of the keys.</summary>
    public static bool IsHmacSha256(ReadOnlySpan<byte> data, IEnumerable<byte[]> keys, IReadOnlyList<byte[]> signatures)
    {
        var isValid = false;
        foreach (var key in keys)
        {
            var expected = HMACSHA256.HashData(key, data);
            foreach (var signature in signatures)
            {
                isValid |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        return isValid;
    }

    /// <summary>Whether the text equals one of the secrets. Hashes have one length, so the comparison does not reveal that of a secret.</summary>
    public static bool IsOneOf(ReadOnlySpan<byte> text, IEnumerable<string> secrets)
    {
        var isValid = false;
        var hash = SHA256.HashData(text);
        foreach (var secret in secrets)
        {
            isValid |= CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), hash);
        }

        return isValid;
    }
}
