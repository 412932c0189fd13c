using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;

namespace Payments.Api.Authentication;

/// <summary>The clients of the built-in token endpoint. Failed attempts are limited for each client: from one address, and from all together.</summary>
/// <remarks>The second limit does not apply to an address that has sent the right secret, so nobody can lock a client out from elsewhere.</remarks>
internal sealed class OAuthClients(IEnumerable<OAuthClient> clients) : IDisposable
{
    public const int RetryAfterSeconds = 10;
    internal const int MaxFailuresPerAddress = 10;
    internal const int MaxFailuresPerClient = 100;

    // A few hundred KB; clients use few addresses.
    private const int MaxTrustedAddresses = 10_000;

    // An unknown client id is checked against this one, so that the response takes as long as for a known id.
    private static readonly OAuthClient Unknown = new(new() { ClientSecret = Guid.NewGuid().ToString() });

    private readonly Dictionary<string, OAuthClient> _clients = clients.ToDictionary(client => client.Id, StringComparer.Ordinal);
    private readonly PartitionedRateLimiter<Attempt> _failuresPerAddress = Failures(attempt => attempt, MaxFailuresPerAddress, TimeSpan.FromSeconds(10));
    private readonly PartitionedRateLimiter<Attempt> _failuresPerClient = Failures(attempt => attempt.ClientId, MaxFailuresPerClient, TimeSpan.FromSeconds(1));
    private readonly ConcurrentDictionary<Attempt, bool> _trustedAddresses = new();
    private readonly SemaphoreSlim _slowCheck = new(1);

    /// <summary>Returns the client with this id and secret; null if there is none.</summary>
    /// <exception cref="TooManyFailedAttemptsException">A limit of failed attempts is reached; this secret was not checked.</exception>
    public async ValueTask<OAuthClient?> FindAsync(string id, string secret, IPAddress network, CancellationToken cancellationToken)
    {
        // All unknown ids share one count, so that made-up ids use no memory.
        var client = _clients.GetValueOrDefault(id, Unknown);
        var attempt = new Attempt(client.Id, network);
        ThrowIfTooMany(attempt);
        var isSlow = client.IsSlowToCheck;
        if (isSlow)
        {
            // One at a time, so that an attacker keeps at most one processor busy. The limit may be reached while this one waits.
            await _slowCheck.WaitAsync(cancellationToken);
        }

        try
        {
            ThrowIfTooMany(attempt);
            if (client.HasSecret(secret))
            {
                if (_trustedAddresses.Count >= MaxTrustedAddresses)
                {
                    _trustedAddresses.Clear();
                }

                _trustedAddresses[attempt] = true;
                return client;
            }

            _failuresPerAddress.AttemptAcquire(attempt).Dispose();
            _failuresPerClient.AttemptAcquire(attempt).Dispose();
            return null;
        }
        finally
        {
            if (isSlow)
            {
                _slowCheck.Release();
            }
        }
    }

    public void Dispose()
    {
        _failuresPerAddress.Dispose();
        _failuresPerClient.Dispose();
        _slowCheck.Dispose();
    }

    private void ThrowIfTooMany(Attempt attempt)
    {
        if (IsUsedUp(_failuresPerAddress) || (IsUsedUp(_failuresPerClient) && !_trustedAddresses.ContainsKey(attempt)))
        {
            throw new TooManyFailedAttemptsException();
        }

        bool IsUsedUp(PartitionedRateLimiter<Attempt> failures) => failures.GetStatistics(attempt) is { CurrentAvailablePermits: < 1 };
    }

    private static PartitionedRateLimiter<Attempt> Failures<TKey>(Func<Attempt, TKey> key, int limit, TimeSpan period)
        where TKey : notnull
    {
        var bucket = new TokenBucketRateLimiterOptions { TokenLimit = limit, TokensPerPeriod = 1, ReplenishmentPeriod = period };
        return PartitionedRateLimiter.Create<Attempt, TKey>(attempt => RateLimitPartition.GetTokenBucketLimiter(key(attempt), _ => bucket));
    }

    private readonly record struct Attempt(string ClientId, IPAddress Network);
}

internal sealed class TooManyFailedAttemptsException() : Exception("Too many failed attempts for this client. The secret was not checked; try again later.");

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
