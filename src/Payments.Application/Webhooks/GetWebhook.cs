namespace Payments.Application.Webhooks;

/// <summary>Requests an endpoint.</summary>
public sealed record GetWebhookQuery(WebhookId Id) : IRequest<WebhookEndpoint>;

/// <summary>Requests how far the deliveries to one endpoint are, or to every endpoint.</summary>
public sealed record ListWebhookProgressQuery(WebhookId? Id = null) : IRequest<IReadOnlyDictionary<WebhookId, WebhookProgress>>;

/// <summary>Throws <see cref="NotFoundException"/> if no endpoint has the id.</summary>
internal sealed class GetWebhookHandler(IWebhookRepository webhooks, IWebhookDeliveries deliveries)
    : IRequestHandler<GetWebhookQuery, WebhookEndpoint>, IRequestHandler<ListWebhookProgressQuery, IReadOnlyDictionary<WebhookId, WebhookProgress>>
{
    public Task<WebhookEndpoint> Handle(GetWebhookQuery request, CancellationToken cancellationToken) => webhooks.GetAsync(request.Id, cancellationToken);

    public Task<IReadOnlyDictionary<WebhookId, WebhookProgress>> Handle(ListWebhookProgressQuery request, CancellationToken cancellationToken) =>
        deliveries.ListProgressAsync(request.Id, cancellationToken);
}

internal static class WebhookLookup
{
    /// <summary>Returns an endpoint.</summary>
    /// <exception cref="NotFoundException">No endpoint has the id.</exception>
    public static async Task<WebhookEndpoint> GetAsync(this IWebhookRepository webhooks, WebhookId id, CancellationToken cancellationToken) =>
        await webhooks.FindAsync(id, cancellationToken) ?? throw new NotFoundException("No webhook endpoint has this id.");
}
