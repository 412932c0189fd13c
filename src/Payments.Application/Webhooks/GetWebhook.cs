namespace Payments.Application.Webhooks;

/// <summary>Requests an endpoint.</summary>
public sealed record GetWebhookQuery(WebhookId Id) : IRequest<WebhookEndpoint>;

/// <summary>Throws <see cref="NotFoundException"/> if no endpoint has the id.</summary>
internal sealed class GetWebhookHandler(IWebhookRepository webhooks) : IRequestHandler<GetWebhookQuery, WebhookEndpoint>
{
    public Task<WebhookEndpoint> Handle(GetWebhookQuery request, CancellationToken cancellationToken) => webhooks.GetAsync(request.Id, cancellationToken);
}

internal static class WebhookLookup
{
    /// <summary>Returns an endpoint.</summary>
    /// <exception cref="NotFoundException">No endpoint has the id.</exception>
    public static async Task<WebhookEndpoint> GetAsync(this IWebhookRepository webhooks, WebhookId id, CancellationToken cancellationToken) =>
        await webhooks.FindAsync(id, cancellationToken) ?? throw new NotFoundException("No webhook endpoint has this id.");
}
