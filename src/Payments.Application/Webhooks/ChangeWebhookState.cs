namespace Payments.Application.Webhooks;

/// <summary>Pauses an endpoint. Events during the pause are delivered when it is resumed.</summary>
public sealed record PauseWebhookCommand(WebhookId Id) : IRequest<WebhookEndpoint>;

/// <summary>Resumes an endpoint that is paused or disabled. It continues after the last event that it got.</summary>
public sealed record ResumeWebhookCommand(WebhookId Id) : IRequest<WebhookEndpoint>;

/// <summary>Throw <see cref="NotFoundException"/> if no endpoint has the id. Pausing or resuming twice changes nothing.</summary>
internal sealed class ChangeWebhookStateHandler(IWebhookRepository webhooks)
    : IRequestHandler<PauseWebhookCommand, WebhookEndpoint>, IRequestHandler<ResumeWebhookCommand, WebhookEndpoint>
{
    public Task<WebhookEndpoint> Handle(PauseWebhookCommand request, CancellationToken cancellationToken) =>
        webhooks.ChangeAsync(request.Id, stored => stored.Pause(), cancellationToken);

    public Task<WebhookEndpoint> Handle(ResumeWebhookCommand request, CancellationToken cancellationToken) =>
        webhooks.ChangeAsync(request.Id, stored => stored.Resume(), cancellationToken);
}
