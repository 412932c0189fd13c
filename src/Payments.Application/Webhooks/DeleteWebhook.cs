namespace Payments.Application.Webhooks;

/// <summary>Deletes an endpoint, its secrets and its recorded deliveries.</summary>
public sealed record DeleteWebhookCommand(WebhookId Id) : IRequest<Unit>;

/// <summary>Throws <see cref="NotFoundException"/> if no endpoint has the id.</summary>
internal sealed class DeleteWebhookHandler(IWebhookRepository webhooks) : IRequestHandler<DeleteWebhookCommand, Unit>
{
    public async Task<Unit> Handle(DeleteWebhookCommand request, CancellationToken cancellationToken)
    {
        await webhooks.DeleteAsync(request.Id, cancellationToken);
        return Unit.Value;
    }
}
