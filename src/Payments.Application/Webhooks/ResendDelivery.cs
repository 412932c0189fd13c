namespace Payments.Application.Webhooks;

/// <summary>Sends an event to an endpoint again, however old it is, and whether or not it was delivered.</summary>
public sealed record ResendDeliveryCommand(WebhookId Id, long Position) : IRequest<Unit>;

/// <summary>Plans the attempt. It begins within a moment, or when the endpoint is resumed.</summary>
/// <remarks>Throws <see cref="NotFoundException"/> if no endpoint has the id or no event has the position.</remarks>
internal sealed class ResendDeliveryHandler(IWebhookRepository webhooks, IWebhookDeliveries deliveries, IWebhookEvents events, TimeProvider clock)
    : IRequestHandler<ResendDeliveryCommand, Unit>
{
    public async Task<Unit> Handle(ResendDeliveryCommand request, CancellationToken cancellationToken)
    {
        await webhooks.GetAsync(request.Id, cancellationToken);
        if (request.Position < 1 || (await events.ReadAsync(request.Position - 1, 1, cancellationToken)).Count == 0)
        {
            throw new NotFoundException("No event has this position.");
        }

        await deliveries.ResendAsync(request.Id, request.Position, new Instant(clock.GetUtcNow()), cancellationToken);
        return Unit.Value;
    }
}
