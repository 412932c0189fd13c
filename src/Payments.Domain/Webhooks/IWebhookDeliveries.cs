using Payments.Domain.Payments;

namespace Payments.Domain.Webhooks;

/// <summary>An enabled endpoint and how far its deliveries are.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Position">Every event up to this position is delivered, recorded as a delivery, or of no kind that the endpoint wants.</param>
/// <param name="Owner">The instance that delivers; null if there is none.</param>
/// <param name="OwnedUntil">When another instance can take over.</param>
/// <param name="FailingSince">The time of the first failure since the last success; null if the last attempt succeeded.</param>
/// <param name="NextAttemptAt">When the next recorded delivery is due; null if none is planned.</param>
public sealed record WebhookTarget(
    WebhookEndpoint Endpoint, long Position, string? Owner, Instant? OwnedUntil, Instant? FailingSince, Instant? NextAttemptAt);

/// <summary>How far the deliveries to an endpoint are, whatever its state. No count is above <see cref="MaxCount"/>, so that counting is fast.</summary>
/// <param name="Position">Every event up to this position is delivered, recorded as a delivery, or of no kind that the endpoint wants.</param>
/// <param name="FailingSince">The time of the first failure since the last success; null if the last attempt succeeded.</param>
/// <param name="Pending">How many recorded deliveries will be attempted again.</param>
/// <param name="Failed">How many recorded deliveries failed for good.</param>
public sealed record WebhookProgress(long Position, Instant? FailingSince, int Pending, int Failed)
{
    /// <summary>The max of each count: there can be more deliveries.</summary>
    public const int MaxCount = 1000;
}

/// <summary>Stores how far the deliveries of each endpoint are, and those that failed.</summary>
/// <remarks>
/// One instance owns an endpoint at a time. A write of another instance changes nothing and returns false.
/// Every method throws <see cref="UnavailableException"/> if the database did not respond.
/// </remarks>
public interface IWebhookDeliveries
{
    /// <summary>Returns every enabled endpoint.</summary>
    Task<IReadOnlyList<WebhookTarget>> ListTargetsAsync(CancellationToken cancellationToken);

    /// <summary>Returns how far the deliveries to one endpoint are, or to every endpoint if the id is null.</summary>
    Task<IReadOnlyDictionary<WebhookId, WebhookProgress>> ListProgressAsync(WebhookId? id, CancellationToken cancellationToken);

    /// <summary>Makes an instance the owner of its own endpoints and of all that no instance owns at this time.</summary>
    Task ClaimAsync(string owner, Instant now, Instant until, CancellationToken cancellationToken);

    /// <summary>Gives up an endpoint, so that another instance takes over immediately.</summary>
    Task ReleaseAsync(WebhookId id, string owner, CancellationToken cancellationToken);

    /// <summary>Stores how far the deliveries are, and since when all attempts fail.</summary>
    Task<bool> SaveAsync(WebhookId id, string owner, long position, Instant? failingSince, CancellationToken cancellationToken);

    /// <summary>Stores an attempt and the delivery as it is after the attempt.</summary>
    /// <returns>False if this instance is not the owner.</returns>
    Task<bool> RecordAsync(WebhookId id, string owner, WebhookDelivery delivery, WebhookAttempt attempt, CancellationToken cancellationToken);

    /// <summary>Returns deliveries whose next attempt is due, the earliest first.</summary>
    Task<IReadOnlyList<WebhookDelivery>> ListDueAsync(WebhookId id, Instant now, int count, CancellationToken cancellationToken);

    /// <summary>Returns the pending delivery with the lowest position; null if there is none.</summary>
    Task<WebhookDelivery?> FindFirstPendingAsync(WebhookId id, CancellationToken cancellationToken);

    /// <summary>Returns a page of the recorded deliveries, with their attempts. The sequence of the page is the position.</summary>
    Task<Page<WebhookDelivery>> ListAsync(WebhookId id, DeliveryState? state, PageRequest request, CancellationToken cancellationToken);

    /// <summary>Returns the recorded deliveries of the newest events of a payment to all endpoints, the newest event first, without attempts.</summary>
    /// <param name="payment">The payment.</param>
    /// <param name="count">The max number of events and of deliveries, because each event can have a delivery to each endpoint.</param>
    /// <param name="cancellationToken">Cancels the wait for the response.</param>
    Task<IReadOnlyList<PaymentDelivery>> ListAsync(PaymentId payment, int count, CancellationToken cancellationToken);

    /// <summary>Plans an attempt for an event at this time.</summary>
    Task ResendAsync(WebhookId id, long position, Instant now, CancellationToken cancellationToken);

    /// <summary>Plans an attempt at this time for every delivery that is not delivered and whose last attempt was at or after a time.</summary>
    /// <returns>How many deliveries there are.</returns>
    Task<int> RecoverAsync(WebhookId id, Instant since, Instant now, CancellationToken cancellationToken);

    /// <summary>Deletes attempts after <see cref="WebhookDelivery.AttemptRetention"/>, deliveries that were delivered before it, and expired secrets.</summary>
    Task DeleteOldAsync(Instant now, CancellationToken cancellationToken);
}

/// <summary>A recorded delivery of a payment's event, and its endpoint.</summary>
public sealed record PaymentDelivery(WebhookId Endpoint, WebhookUrl Url, WebhookDelivery Delivery);
