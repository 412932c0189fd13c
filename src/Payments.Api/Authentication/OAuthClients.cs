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

    internal const int GuessesHere = 10;

    internal const int GuessesEverywhere = 100;

    // Some hundred KB; clients come from few addresses.
    private const int MostProven = 10_000;

    // Has no secret, and costs as much to ask as one that has another.
    private static readonly OAuthClient Nobody = new("", Guid.NewGuid().ToString(), []);

    private readonly Dictionary<string, OAuthClient> _clients = clients.ToDictionary(client => client.Id, StringComparer.Ordinal);
    private readonly PartitionedRateLimiter<Attempt> _here = Guesses(attempt => attempt, GuessesHere, TimeSpan.FromSeconds(10));
    private readonly PartitionedRateLimiter<Attempt> _everywhere = Guesses(attempt => attempt.ClientId, GuessesEverywhere, TimeSpan.FromSeconds(1));
    private readonly ConcurrentDictionary<Attempt, bool> _proven = new();
    private readonly SemaphoreSlim _slowCheck = new(1);

    /// <summary>The client of this id and secret; null where there is none.</summary>
    /// <exception cref="TooManyGuessesException">This address, or all together, have guessed too often; whether this guess is right is not looked at.</exception>
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
                if (_proven.Count >= MostProven)
                {
                    _proven.Clear();
                }

                _proven[attempt] = true;
                return true;
            }

            _here.AttemptAcquire(attempt).Dispose();
            _everywhere.AttemptAcquire(attempt).Dispose();
            return false;
        }
    }

    public void Dispose()
    {
        _here.Dispose();
        _everywhere.Dispose();
        _slowCheck.Dispose();
    }

    private void ThrowIfTooMany(Attempt attempt)
    {
        if (IsUsedUp(_here) || (IsUsedUp(_everywhere) && !_proven.ContainsKey(attempt)))
        {
            throw new TooManyGuessesException();
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
internal sealed class TooManyGuessesException() : Exception("Too many wrong secrets have come for this client, so none is looked at for a while.");
