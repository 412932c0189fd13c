using System.Collections.Concurrent;
using System.Net;
using System.Threading.RateLimiting;

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
