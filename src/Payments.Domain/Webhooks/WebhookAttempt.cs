namespace Payments.Domain.Webhooks;

/// <summary>One attempt to deliver an event, and its result.</summary>
/// <param name="At">When the attempt began.</param>
/// <param name="Duration">How long it took until the response's status, or until the error.</param>
/// <param name="Status">The status of the response; null if there was no response.</param>
/// <param name="Error">Why there was no response, or why the target address was refused; null if there was a response.</param>
/// <param name="Response">The first <see cref="MaxResponseBytes"/> of the response's body; null if it was empty.</param>
public sealed record WebhookAttempt(Instant At, TimeSpan Duration, int? Status, string? Error, string? Response)
{
    /// <summary>How many bytes of a response are kept.</summary>
    public const int MaxResponseBytes = 1024;

    /// <summary>The delay that the response asks for in <c>Retry-After</c>; null if it asks for none.</summary>
    public TimeSpan? RetryAfter { get; init; }
    /// <summary>Whether the receiver accepted the event: a status of 200 to 299.</summary>
    public bool IsSuccess => Status is >= 200 and <= 299;
    /// <summary>Whether the receiver wants no more events: 410 Gone.</summary>
    public bool IsGone => Status == 410;
}
