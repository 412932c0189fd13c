namespace Payments.Domain.Webhooks;

/// <summary>When a failed delivery is tried again, and when its endpoint is disabled.</summary>
public static class RetrySchedule
{
    /// <summary>The longest time that a <c>Retry-After</c> can ask for.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(24);
    /// <summary>An endpoint is disabled when it has failed for this long without a success.</summary>
    public static readonly TimeSpan MaxFailing = TimeSpan.FromDays(5);
    /// <summary>How much later than planned a retry can be, as a part of its delay, so that the retries of many deliveries do not come together.</summary>
    public const double MaxJitter = 0.1;

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>The number of attempts of a delivery: the first one and its retries.</summary>
    public static int MaxAttempts => Delays.Length + 1;

    /// <summary>Returns the delay before the next attempt; null if there is none.</summary>
    /// <param name="failedAttempts">How many attempts have failed, at least 1.</param>
    /// <param name="isOrdered">Whether later events wait for this delivery. It is then never given up: the last delay repeats until the endpoint is disabled.</param>
    /// <param name="retryAfter">The delay that the receiver asks for. It can make the delay longer, not shorter.</param>
    /// <param name="random">A random number from 0 to 1.</param>
    public static TimeSpan? NextDelay(int failedAttempts, bool isOrdered, TimeSpan? retryAfter, double random)
    {
        if (failedAttempts >= MaxAttempts && !isOrdered)
        {
            return null;
        }

        var delay = Delays[Math.Min(failedAttempts, Delays.Length) - 1];
        var asked = retryAfter > MaxRetryAfter ? MaxRetryAfter : retryAfter ?? TimeSpan.Zero;
        return (asked > delay ? asked : delay) + (delay * (MaxJitter * random));
    }

    /// <summary>Whether an endpoint that has only failed since <paramref name="failingSince"/> is disabled by a further failure at <paramref name="now"/>.</summary>
    public static bool IsExhausted(Instant failingSince, Instant now) => now.Utc - failingSince.Utc >= MaxFailing;
}
