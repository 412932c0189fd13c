namespace Payments.Domain;

/// <summary>The rule of the times that providers report: from 1970 to <see cref="MaxSkew"/> ahead of the service's clock.</summary>
public static class ProviderClock
{
    /// <summary>The max time that a provider's clock can be ahead of the service's clock.</summary>
    public static TimeSpan MaxSkew { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads the time of a report and adds a broken rule to the validation.</summary>
    public static Instant ReadCreatedAt(string? text, DateTimeOffset now, Validation validation, string field = "createdAt")
    {
        if (validation.TryRead<Instant>(field, text, out var createdAt) && FindBrokenRule(createdAt, now) is { } rule)
        {
            validation.Add(field, rule);
        }

        return createdAt;
    }

    /// <summary>Checks the rule again when a payment or an account is created.</summary>
    /// <exception cref="ArgumentException">The time breaks the rule.</exception>
    internal static void ThrowIfInvalid(Instant createdAt, DateTimeOffset now)
    {
        if (FindBrokenRule(createdAt, now) is { } rule)
        {
            throw new ArgumentException($"createdAt {rule}.", nameof(createdAt));
        }
    }

    // A time before 1970 is usually an unset default of a client.
    private static string? FindBrokenRule(Instant createdAt, DateTimeOffset now) =>
        createdAt.Utc < DateTime.UnixEpoch ? "must not be before 1970-01-01T00:00:00Z"
        : createdAt.Utc > now.UtcDateTime + MaxSkew ? $"must not be more than {MaxSkew.TotalMinutes} minutes ahead of the service's clock"
        : null;
}
