namespace Payments.Domain.Webhooks;

/// <summary>The delivery of one event to one endpoint. Only deliveries that failed or that a caller requested are recorded.</summary>
/// <param name="Position">The position of the event.</param>
/// <param name="State">The state.</param>
/// <param name="AttemptCount">How many attempts were made, those that are no longer kept included.</param>
/// <param name="FailureCount">How many attempts failed since the delivery was last requested.</param>
/// <param name="NextAttemptAt">When the next attempt is planned; null if there is none.</param>
/// <param name="UpdatedAt">When the delivery last changed.</param>
public sealed record WebhookDelivery(long Position, DeliveryState State, int AttemptCount, int FailureCount, Instant? NextAttemptAt, Instant UpdatedAt)
{
    /// <summary>How long attempts are kept. A failed delivery is kept until it succeeds.</summary>
    public static readonly TimeSpan AttemptRetention = TimeSpan.FromDays(30);

    /// <summary>The <see cref="UpdatedAt"/> of the delivery before this change; null if it was not recorded.</summary>
    public Instant? ReadAt { get; init; }

    /// <summary>The attempts that are kept, oldest first.</summary>
    public IReadOnlyList<WebhookAttempt> Attempts { get; init; } = [];

    /// <summary>The first failed attempt of an event.</summary>
    public static WebhookDelivery FirstFailed(long position, WebhookAttempt attempt, bool isOrdered, double random) =>
        new WebhookDelivery(position, DeliveryState.Pending, 0, 0, null, attempt.At).After(attempt, isOrdered, random);

    /// <summary>The delivery after one more attempt.</summary>
    /// <param name="attempt">The attempt and its result.</param>
    /// <param name="isOrdered">Whether later events wait for this one.</param>
    /// <param name="random">A random number from 0 to 1, for the time of the next attempt.</param>
    public WebhookDelivery After(WebhookAttempt attempt, bool isOrdered, double random)
    {
        var end = attempt.At.Utc + attempt.Duration;
        var failures = attempt.IsSuccess ? FailureCount : FailureCount + 1;
        var delay = attempt.IsSuccess ? null : RetrySchedule.NextDelay(failures, isOrdered, attempt.RetryAfter, random);
        return new(
            Position,
            attempt.IsSuccess ? DeliveryState.Delivered : delay is null ? DeliveryState.Failed : DeliveryState.Pending,
            AttemptCount + 1,
            failures,
            delay is null ? null : Instant.OfUtc(end + delay.Value),
            Instant.OfUtc(end))
        {
            ReadAt = AttemptCount == 0 && NextAttemptAt is null ? null : UpdatedAt,
        };
    }
}

/// <summary>The state of a recorded delivery.</summary>
public enum DeliveryState
{
    /// <summary>An attempt is planned.</summary>
    [JsonStringEnumMemberName("pending")] Pending = 1,
    /// <summary>The endpoint accepted the event.</summary>
    [JsonStringEnumMemberName("delivered")] Delivered = 2,
    /// <summary>All attempts failed. Resending or recovering it starts again.</summary>
    [JsonStringEnumMemberName("failed")] Failed = 3,
}
