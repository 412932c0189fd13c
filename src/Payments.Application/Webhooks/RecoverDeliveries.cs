namespace Payments.Application.Webhooks;

/// <summary>Sends everything again that failed at or after a time and was not delivered since.</summary>
public sealed record RecoverDeliveriesCommand(WebhookId Id, string? Since) : IRequest<int>;

/// <summary>Plans the attempts and returns their number. They begin within a moment, or when the endpoint is resumed.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, and <see cref="NotFoundException"/> if no endpoint has the id.</remarks>
internal sealed class RecoverDeliveriesHandler(IWebhookRepository webhooks, IWebhookDeliveries deliveries, TimeProvider clock)
    : IRequestHandler<RecoverDeliveriesCommand, int>
{
    public async Task<int> Handle(RecoverDeliveriesCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var since = validation.Required<Instant>("since", request.Since);
        validation.ThrowIfInvalid();

        await webhooks.GetAsync(request.Id, cancellationToken);
        return await deliveries.RecoverAsync(request.Id, since, new Instant(clock.GetUtcNow()), cancellationToken);
    }
}
