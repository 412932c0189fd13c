using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;

namespace Payments.Api.Authentication;

/// <summary>A client of the built-in token endpoint. Only a hash of its secret is kept in memory.</summary>
internal sealed class OAuthClient(ClientSettings settings)
{
    // PBKDF2 with HMAC-SHA-512 and the iterations that OWASP recommends (Password Storage Cheat Sheet).
    private static readonly PasswordHasher<OAuthClient> SlowHashes = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    private readonly string _slowHash = settings.ClientSecretHash;
    private byte[]? _hash = settings.ClientSecret.Length > 0 ? Hash(settings.ClientSecret) : null;

    public string Id { get; } = settings.ClientId;
    public IReadOnlyList<string> Scopes { get; } = settings.Scopes;

    /// <summary>True until the right secret has been received once; until then each check takes about 0.2 s.</summary>
    public bool IsSlowToCheck => Volatile.Read(ref _hash) is null;

    public static string SlowHash(string secret) => SlowHashes.HashPassword(null!, secret);

    /// <summary>Whether a text has the form of <see cref="SlowHash"/>: version 1 of ASP.NET Core's format, with 16 bytes of salt and 32 of hash.</summary>
    public static bool IsSlowHash(string text)
    {
        Span<byte> hash = stackalloc byte[61];
        return Convert.TryFromBase64String(text, hash, out var length) && length == hash.Length && hash[0] == 1;
    }

    /// <summary>Compares in constant time.</summary>
    public bool HasSecret(string secret)
    {
        var hash = Hash(secret);
        if (Volatile.Read(ref _hash) is { } known)
        {
            return CryptographicOperations.FixedTimeEquals(known, hash);
        }

        if (SlowHashes.VerifyHashedPassword(this, _slowHash, secret) == PasswordVerificationResult.Failed)
        {
            return false;
        }

        // The fast hash decides from now on, about wrong secrets too.
        Volatile.Write(ref _hash, hash);
        return true;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
