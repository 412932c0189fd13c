namespace Payments.Domain;

/// <summary>The provider's clock, which dates what it reports and may be a little ahead of this service's.</summary>
public static class ProviderClock
{
    /// <summary>How far ahead it may be.</summary>
    public static TimeSpan MaxSkew { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads when something was made at the provider, and adds a broken rule to the validation.</summary>
    public static Instant ReadCreatedAt(string? text, DateTimeOffset now, Validation validation, string field = "createdAt")
    {
        var createdAt = validation.Required<Instant>(field, text);
        if (IsAhead(createdAt, now))
        {
            validation.Add(field, $"must not be more than {MaxSkew.TotalMinutes} minutes ahead of the service's clock");
        }

        return createdAt;
    }

    /// <summary>Refuses what is made in the future.</summary>
    /// <exception cref="ArgumentException">It is made more than <see cref="MaxSkew"/> after <paramref name="now"/>.</exception>
    internal static void ThrowIfAhead(Instant createdAt, DateTimeOffset now)
    {
        if (IsAhead(createdAt, now))
        {
            throw new ArgumentException("Nothing can be made in the future.", nameof(createdAt));
        }
    }

    private static bool IsAhead(Instant createdAt, DateTimeOffset now) => createdAt.Utc > now.UtcDateTime + MaxSkew;
}
