using System.Security.Cryptography;

namespace Payments.Application.Webhooks;

/// <summary>Creates an endpoint. Without types it gets all events, and without a secret it gets a new one.</summary>
public sealed record CreateWebhookCommand(
    string? Url, IReadOnlyList<string>? Types = null, string? Description = null, bool IsOrdered = false, string? Secret = null) : IRequest<WebhookEndpoint>;

/// <summary>Stores the endpoint, which gets the events after its creation.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, and <see cref="ConflictException"/> if there are as many endpoints as the setting allows.</remarks>
internal sealed class CreateWebhookHandler(IWebhookRepository webhooks, IWebhookSender sender, TimeProvider clock)
    : IRequestHandler<CreateWebhookCommand, WebhookEndpoint>
{
    public async Task<WebhookEndpoint> Handle(CreateWebhookCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var url = await validation.UrlAsync(sender, request.Url, cancellationToken);
        var kinds = validation.Kinds(request.Types);
        var description = validation.Optional<WebhookDescription>("description", request.Description);
        var secret = validation.Optional<WebhookSecret>("secret", request.Secret);
        validation.ThrowIfInvalid();

        var endpoint = WebhookEndpoint.Create(
            new WebhookId(Guid.NewGuid()), new(url, kinds, description, request.IsOrdered), secret ?? NewSecret(), new Instant(clock.GetUtcNow()));
        return await webhooks.AddAsync(endpoint, cancellationToken)
            ? endpoint
            : throw new ConflictException(
                "There are too many webhook endpoints.", [new("url", "cannot be added; delete an endpoint, or raise the setting Webhooks:MaxEndpoints")]);
    }

    internal static WebhookSecret NewSecret() => WebhookSecret.Of(RandomNumberGenerator.GetBytes(WebhookSecret.GeneratedLength));
}
