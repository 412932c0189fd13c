using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Authentication;

/// <summary>A client of the built-in token endpoint. Of its secret only a hash is kept.</summary>
internal sealed class OAuthClient
{
    // PBKDF2 with HMAC-SHA-512; as many rounds as OWASP asks for (Password Storage Cheat Sheet).
    private static readonly PasswordHasher<OAuthClient> SlowHashes = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    private readonly string? _slowHash;
    private byte[]? _hash;

    private OAuthClient(string id, IReadOnlyList<string> scopes, byte[]? hash, string? slowHash) =>
        (Id, Scopes, _hash, _slowHash) = (id, scopes, hash, slowHash);

    public OAuthClient(string id, string secret, IReadOnlyList<string> scopes)
        : this(id, scopes, Hash(secret), slowHash: null)
    {
    }

    public string Id { get; }

    /// <summary>All that the client may ask for.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>Whether only the slow hash of its secret is known, so that a look at one takes some 0.2 s; the right one has not come since the start.</summary>
    public bool IsSlowToCheck => Volatile.Read(ref _hash) is null;

    /// <summary>Reads one entry of <c>Authentication:Clients</c>.</summary>
    /// <exception cref="StartupException">A part of it is missing or has no meaning.</exception>
    public static OAuthClient From(IConfigurationSection client)
    {
        // One text with spaces, as OAuth writes them, or a JSON array.
        var scopes = client.GetSection("Scopes").GetChildren().Select(scope => scope.Value).Prepend(client["Scopes"])
            .SelectMany(scope => (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToArray();
        var (secret, slowHash) = (client["ClientSecret"] ?? "", client["ClientSecretHash"] ?? "");
        if (client["ClientId"] is not { Length: > 0 } id || (secret.Length > 0) == (slowHash.Length > 0) || scopes.Length == 0)
        {
            throw new StartupException(
                $"{client.Path} needs ClientId, ClientSecret and Scopes (such as '{Scope.Read} {Scope.Write}'); ClientSecretHash may stand in the place of ClientSecret.");
        }

        if (slowHash.Length > 0 && !IsSlowHash(slowHash))
        {
            throw new StartupException($"{client.Path}:ClientSecretHash is not a hash that the command hash-secret has made.");
        }

        return scopes.Except(Scope.All, StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? throw new StartupException($"{client.Path}:Scopes has '{unknown}'. The scopes are {string.Join(" and ", Scope.All)}.")
            : secret.Length > 0 ? new(id, secret, scopes) : new(id, scopes, hash: null, slowHash);
    }

    /// <summary>The hash of a secret for <c>ClientSecretHash</c>.</summary>
    public static string SlowHash(string secret) => SlowHashes.HashPassword(null!, secret);

    /// <summary>Whether this is the client's secret; the time it takes does not depend on how much of it is right.</summary>
    public bool HasSecret(string secret)
    {
        var hash = Hash(secret);
        if (Volatile.Read(ref _hash) is { } known)
        {
            return CryptographicOperations.FixedTimeEquals(known, hash);
        }

        if (SlowHashes.VerifyHashedPassword(this, _slowHash!, secret) == PasswordVerificationResult.Failed)
        {
            return false;
        }

        // A secret that is known need not be checked slowly again, and neither need a wrong one.
        Volatile.Write(ref _hash, hash);
        return true;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    // Version 1 of the framework's format: its number, three more, 16 bytes of salt and 32 of hash.
    private static bool IsSlowHash(string text)
    {
        Span<byte> hash = stackalloc byte[61];
        return Convert.TryFromBase64String(text, hash, out var length) && length == hash.Length && hash[0] == 1;
    }
}
