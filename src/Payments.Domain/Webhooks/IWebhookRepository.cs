namespace Payments.Domain.Webhooks;

/// <summary>Stores webhook endpoints. Each change writes its event in the same transaction.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IWebhookRepository
{
    /// <summary>Stores a new endpoint, which starts after the last event; false if there are already as many endpoints as the setting allows.</summary>
    Task<bool> AddAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken);

    /// <summary>Returns an endpoint; null if none has this id or it is deleted.</summary>
    Task<WebhookEndpoint?> FindAsync(WebhookId id, CancellationToken cancellationToken);

    /// <summary>Returns a page of endpoints.</summary>
    Task<Page<WebhookEndpoint>> ListAsync(PageRequest request, CancellationToken cancellationToken);

    /// <summary>Changes an endpoint. If another change comes first, <paramref name="change"/> is called again with its result.</summary>
    /// <param name="id">The endpoint's id.</param>
    /// <param name="change">Returns the changed endpoint; null if nothing changes.</param>
    /// <param name="cancellationToken">Cancels the change before it is written.</param>
    /// <exception cref="NotFoundException">No endpoint has this id.</exception>
    Task<WebhookEndpoint> ChangeAsync(WebhookId id, Func<WebhookEndpoint, WebhookEndpoint?> change, CancellationToken cancellationToken);

    /// <summary>Deletes an endpoint, its secrets and its deliveries.</summary>
    /// <exception cref="NotFoundException">No endpoint has this id.</exception>
    Task DeleteAsync(WebhookId id, CancellationToken cancellationToken);
}
