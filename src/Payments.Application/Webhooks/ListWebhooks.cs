namespace Payments.Application.Webhooks;

/// <summary>Requests a page of endpoints.</summary>
public sealed record ListWebhooksQuery(PageRequest Page) : IRequest<Page<WebhookEndpoint>>;

internal sealed class ListWebhooksHandler(IWebhookRepository webhooks) : IRequestHandler<ListWebhooksQuery, Page<WebhookEndpoint>>
{
    public Task<Page<WebhookEndpoint>> Handle(ListWebhooksQuery request, CancellationToken cancellationToken) =>
        webhooks.ListAsync(request.Page, cancellationToken);
}
