namespace Payments.Application.Webhooks;

/// <summary>Replaces the secret of an endpoint. Without a secret, it gets a new one.</summary>
public sealed record RotateWebhookSecretCommand(WebhookId Id, string? Secret = null) : IRequest<WebhookEndpoint>;

/// <summary>The earlier secret also signs for <see cref="WebhookSecrets.Overlap"/>.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, <see cref="NotFoundException"/>, and <see cref="ConflictException"/> if a rotation is open.</remarks>
internal sealed class RotateWebhookSecretHandler(IWebhookRepository webhooks, TimeProvider clock) : IRequestHandler<RotateWebhookSecretCommand, WebhookEndpoint>
{
    public Task<WebhookEndpoint> Handle(RotateWebhookSecretCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var secret = validation.Optional<WebhookSecret>("secret", request.Secret);
        validation.ThrowIfInvalid();

        secret ??= CreateWebhookHandler.NewSecret();
        return webhooks.ChangeAsync(request.Id, stored => stored.RotateSecret(secret, new Instant(clock.GetUtcNow())), cancellationToken);
    }
}
