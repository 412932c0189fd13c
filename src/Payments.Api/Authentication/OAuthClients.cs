using System.Collections.Concurrent;
using System.Net;
using System.Threading.RateLimiting;

namespace Payments.Api.Authentication;

/// <summary>
/// The clients of the built-in token endpoint. Whoever names one and has its secret wrong may try again only so often: from one address, and
/// from all addresses together, though the latter does not keep out an address that has had the secret right. So nobody can lock a client out
/// from another address than the client's own.
/// </summary>
internal sealed class OAuthClients(IReadOnlyList<OAuthClient> clients) : IDisposable
{
    /// <summary>How long one is asked to wait that has guessed too often.</summary>
    public const int RetryAfterSeconds = 10;

    internal const int MaxFailuresPerAddress = 10;

    internal const int MaxFailuresPerClient = 100;

    // Some hundred KB; clients come from few addresses.
    private const int MaxTrustedAddresses = 10_000;

    // Has no secret, and costs as much to ask as one that has another.
    private static readonly OAuthClient Nobody = new("", Guid.NewGuid().ToString(), []);

    private readonly Dictionary<string, OAuthClient> _clients = clients.ToDictionary(client => client.Id, StringComparer.Ordinal);
    private readonly PartitionedRateLimiter<Attempt> _failuresPerAddress = Guesses(attempt => attempt, MaxFailuresPerAddress, TimeSpan.FromSeconds(10));
    private readonly PartitionedRateLimiter<Attempt> _failuresPerClient = Guesses(attempt => attempt.ClientId, MaxFailuresPerClient, TimeSpan.FromSeconds(1));
    private readonly ConcurrentDictionary<Attempt, bool> _trustedAddresses = new();
    private readonly SemaphoreSlim _slowCheck = new(1);

    /// <summary>The client of this id and secret; null where there is none.</summary>
    /// <exception cref="TooManyFailedAttemptsException">This address, or all together, have guessed too often; whether this guess is right is not looked at.</exception>
    public async ValueTask<OAuthClient?> FindAsync(string id, string secret, IPAddress network, CancellationToken cancellationToken)
    {
        // All unknown names are counted as one, so that making them up makes no memory.
        var isKnown = _clients.TryGetValue(id, out var client);
        var attempt = new Attempt(isKnown ? id : "", network);
        client ??= Nobody;
        ThrowIfTooMany(attempt);
        bool isRight;
        if (client.IsSlowToCheck)
        {
            // One at a time, so that whoever guesses keeps one processor busy at most; and looked at again, for others have guessed meanwhile.
            await _slowCheck.WaitAsync(cancellationToken);
            try
            {
                ThrowIfTooMany(attempt);
                isRight = Check();
            }
            finally
            {
                _slowCheck.Release();
            }
        }
        else
        {
            isRight = Check();
        }

        return isRight ? client : null;

        bool Check()
        {
            if (client.HasSecret(secret))
            {
                if (_trustedAddresses.Count >= MaxTrustedAddresses)
                {
                    _trustedAddresses.Clear();
                }

                _trustedAddresses[attempt] = true;
                return true;
            }

            _failuresPerAddress.AttemptAcquire(attempt).Dispose();
            _failuresPerClient.AttemptAcquire(attempt).Dispose();
            return false;
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

        bool IsUsedUp(PartitionedRateLimiter<Attempt> guesses) => guesses.GetStatistics(attempt) is { CurrentAvailablePermits: < 1 };
    }

    private static PartitionedRateLimiter<Attempt> Guesses<TKey>(Func<Attempt, TKey> key, int atOnce, TimeSpan period)
        where TKey : notnull
    {
        var bucket = new TokenBucketRateLimiterOptions { TokenLimit = atOnce, TokensPerPeriod = 1, ReplenishmentPeriod = period };
        return PartitionedRateLimiter.Create<Attempt, TKey>(attempt => RateLimitPartition.GetTokenBucketLimiter(key(attempt), _ => bucket));
    }

    /// <summary>Who names which client.</summary>
    private readonly record struct Attempt(string ClientId, IPAddress Network);
}

/// <summary>Too many wrong secrets have come for a client.</summary>
internal sealed class TooManyFailedAttemptsException() : Exception("Too many wrong secrets have come for this client, so none is looked at for a while.");
