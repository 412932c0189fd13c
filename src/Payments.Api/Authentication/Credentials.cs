using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;

namespace Payments.Api.Authentication;

/// <summary>The clients of the built-in token endpoint, or the users of the dashboard. Failed attempts are limited for each id: from one address, and from
/// all together.</summary>
/// <remarks>The second limit does not apply to an address that has sent the right secret, so nobody can lock a client or user out from elsewhere.</remarks>
internal sealed class Credentials(IReadOnlyCollection<Credential> all) : IDisposable
{
    public const int RetryAfterSeconds = 10;
    internal const int MaxFailuresPerAddress = 10;
    internal const int MaxFailuresPerId = 100;

    // A few hundred KB; clients and users use few addresses.
    private const int MaxTrustedAddresses = 10_000;

    // An unknown id is checked against this one, so that the response takes as long as for a known id.
    private readonly Credential _unknown = Credential.Unknown(all);
    private readonly Dictionary<string, Credential> _all = all.ToDictionary(credential => credential.Id, StringComparer.Ordinal);
    private readonly PartitionedRateLimiter<Attempt> _failuresPerAddress = Failures(attempt => attempt, MaxFailuresPerAddress, TimeSpan.FromSeconds(10));
    private readonly PartitionedRateLimiter<Attempt> _failuresPerId = Failures(attempt => attempt.Id, MaxFailuresPerId, TimeSpan.FromSeconds(1));
    private readonly ConcurrentDictionary<Attempt, bool> _trustedAddresses = new();
    private readonly SemaphoreSlim _slowCheck = new(1);

    /// <summary>Returns the client or user with this id and secret; null if there is none.</summary>
    /// <exception cref="TooManyFailedAttemptsException">A limit of failed attempts is reached; this secret was not checked.</exception>
    public async ValueTask<Credential?> FindAsync(string id, string secret, IPAddress network, CancellationToken cancellationToken)
    {
        // All unknown ids share one count, so that made-up ids use no memory.
        var credential = _all.GetValueOrDefault(id, _unknown);
        var attempt = new Attempt(credential.Id, network);
        ThrowIfTooMany(attempt);
        var isSlow = credential.IsSlowToCheck;
        if (isSlow)
        {
            // One at a time, so that an attacker keeps at most one processor busy. The limit may be reached while this one waits.
            await _slowCheck.WaitAsync(cancellationToken);
        }

        try
        {
            ThrowIfTooMany(attempt);
            if (credential.HasSecret(secret))
            {
                if (_trustedAddresses.Count >= MaxTrustedAddresses)
                {
                    _trustedAddresses.Clear();
                }

                _trustedAddresses[attempt] = true;
                return credential;
            }

            _failuresPerAddress.AttemptAcquire(attempt).Dispose();
            _failuresPerId.AttemptAcquire(attempt).Dispose();
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
        _failuresPerId.Dispose();
        _slowCheck.Dispose();
    }

    private void ThrowIfTooMany(Attempt attempt)
    {
        if (IsUsedUp(_failuresPerAddress) || (IsUsedUp(_failuresPerId) && !_trustedAddresses.ContainsKey(attempt)))
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

    private readonly record struct Attempt(string Id, IPAddress Network);
}

internal sealed class TooManyFailedAttemptsException() : Exception("Too many failed attempts for this client. The secret was not checked; try again later.");

/// <summary>The id and secret of a client, or the name and password of a user. Only a hash of the secret is kept in memory.</summary>
/// <param name="secret">Empty if its slow hash is known.</param>
/// <param name="slowHash">The output of <see cref="SlowHash"/>; empty if the secret is known.</param>
/// <param name="isPassword">Whether every check uses the slow hash, because people choose passwords that can be guessed.</param>
internal sealed class Credential(string id, string secret, string slowHash, IReadOnlyList<string> scopes, bool isPassword = false)
{
    private const int HashBytes = 61;
    private const int HeaderBytes = 13;

    // PBKDF2 with HMAC-SHA-512 and the iterations that OWASP recommends (Password Storage Cheat Sheet).
    private static readonly PasswordHasher<Credential> SlowHashes = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    private readonly string _slowHash = slowHash;
    private readonly bool _isPassword = isPassword;
    private byte[]? _hash = secret.Length > 0 ? Hash(secret) : null;

    public string Id { get; } = id;
    public IReadOnlyList<string> Scopes { get; } = scopes;

    /// <summary>True for a password. For a client, true until the right secret has been received once. Such a check takes about 0.2 s.</summary>
    public bool IsSlowToCheck => Volatile.Read(ref _hash) is null;

    public static string SlowHash(string secret) => SlowHashes.HashPassword(null!, secret);

    /// <summary>Whether a text has the form of <see cref="SlowHash"/>: version 1 of ASP.NET Core's format, with 16 bytes of salt and 32 of hash.</summary>
    public static bool IsSlowHash(string text)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        return Convert.TryFromBase64String(text, hash, out var length) && length == hash.Length && hash[0] == 1;
    }

    /// <summary>A credential without a known secret, which takes as long to check as these.</summary>
    public static Credential Unknown(IEnumerable<Credential> known)
    {
        if (known.FirstOrDefault(credential => credential._isPassword) is not { } password)
        {
            return new("", Guid.NewGuid().ToString(), "", []);
        }

        // The header has the algorithm and its iterations; the salt and the hash are random.
        var hash = Convert.FromBase64String(password._slowHash);
        RandomNumberGenerator.Fill(hash.AsSpan(HeaderBytes));
        return new("", "", Convert.ToBase64String(hash), [], isPassword: true);
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

        if (!_isPassword)
        {
            // The fast hash decides from now on, about wrong secrets too.
            Volatile.Write(ref _hash, hash);
        }

        return true;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
