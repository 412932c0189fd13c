namespace Payments.Application.Webhooks;

/// <summary>Requests a page of the recorded deliveries of an endpoint, in one state or all. The sequence of the page is the position of the event.</summary>
public sealed record ListDeliveriesQuery(WebhookId Id, DeliveryState? State, PageRequest Page) : IRequest<Page<WebhookDelivery>>;

/// <summary>Throws <see cref="NotFoundException"/> if no endpoint has the id.</summary>
internal sealed class ListDeliveriesHandler(IWebhookRepository webhooks, IWebhookDeliveries deliveries) : IRequestHandler<ListDeliveriesQuery, Page<WebhookDelivery>>
{
    public async Task<Page<WebhookDelivery>> Handle(ListDeliveriesQuery request, CancellationToken cancellationToken)
    {
        await webhooks.GetAsync(request.Id, cancellationToken);
        return await deliveries.ListAsync(request.Id, request.State, request.Page, cancellationToken);
    }
}
