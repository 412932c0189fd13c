namespace Payments.Application.Webhooks;

/// <summary>Requests a page of the recorded deliveries of an endpoint, in one state or all. The sequence of the page is the position of the event.</summary>
public sealed record ListDeliveriesQuery(WebhookId Id, DeliveryState? State, PageRequest Page) : IRequest<Page<WebhookDelivery>>;

/// <summary>Requests the recorded deliveries of a payment's events, the latest event first.</summary>
public sealed record ListPaymentDeliveriesQuery(PaymentId PaymentId, int Limit) : IRequest<IReadOnlyList<PaymentDelivery>>;

/// <summary>Throws <see cref="NotFoundException"/> if no endpoint has the id.</summary>
internal sealed class ListDeliveriesHandler(IWebhookRepository webhooks, IWebhookDeliveries deliveries) : IRequestHandler<ListDeliveriesQuery, Page<WebhookDelivery>>
{
    public async Task<Page<WebhookDelivery>> Handle(ListDeliveriesQuery request, CancellationToken cancellationToken)
    {
        await webhooks.GetAsync(request.Id, cancellationToken);
        return await deliveries.ListAsync(request.Id, request.State, request.Page, cancellationToken);
    }
}

internal sealed class ListPaymentDeliveriesHandler(IWebhookDeliveries deliveries) : IRequestHandler<ListPaymentDeliveriesQuery, IReadOnlyList<PaymentDelivery>>
{
    public Task<IReadOnlyList<PaymentDelivery>> Handle(ListPaymentDeliveriesQuery request, CancellationToken cancellationToken) =>
        deliveries.ListAsync(request.PaymentId, request.Limit, cancellationToken);
}
