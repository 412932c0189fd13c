namespace Payments.Application.Events;

/// <summary>Which events to return. Every part that is set must match.</summary>
public sealed record EventFilter
{
    /// <summary>The max number of events on a page.</summary>
    public const int PageSize = 25;

    /// <summary>The kinds; none means all.</summary>
    public EventKind Kinds { get; init; }
    /// <summary>The kind of the author.</summary>
    public ActorKind? ActorKind { get; init; }
    /// <summary>The name of the author, exactly.</summary>
    public string? ActorName { get; init; }
    /// <summary>The earliest time.</summary>
    public Instant? From { get; init; }
    /// <summary>The time before which the events are.</summary>
    public Instant? Until { get; init; }
    /// <summary>The subject: a <see cref="PaymentId"/>, an <see cref="AccountId"/>, a <see cref="ConnectorId"/> or a <see cref="WebhookId"/>.</summary>
    public object? Subject { get; init; }
}
