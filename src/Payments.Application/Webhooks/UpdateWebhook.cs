namespace Payments.Application.Webhooks;

/// <summary>Changes the settings that are not null. An empty list of types means all events; an empty description removes it.</summary>
public sealed record UpdateWebhookCommand(
    WebhookId Id, string? Url = null, IReadOnlyList<string>? Types = null, string? Description = null, bool? IsOrdered = null) : IRequest<WebhookEndpoint>;

/// <summary>Stores the settings. They hold for every attempt that begins a moment later, also for retries.</summary>
/// <remarks>Throws <see cref="ValidationException"/> and <see cref="NotFoundException"/>.</remarks>
internal sealed class UpdateWebhookHandler(IWebhookRepository webhooks, IWebhookSender sender) : IRequestHandler<UpdateWebhookCommand, WebhookEndpoint>
{
    public async Task<WebhookEndpoint> Handle(UpdateWebhookCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var url = request.Url is null ? null : await validation.UrlAsync(sender, request.Url, cancellationToken);
        var kinds = validation.Kinds(request.Types);
        var description = validation.Optional<WebhookDescription>("description", request.Description);
        validation.ThrowIfInvalid();

        return await webhooks.ChangeAsync(
            request.Id,
            stored =>
            {
                var settings = new WebhookSettings(
                    url ?? stored.Settings.Url,
                    request.Types is null ? stored.Settings.Kinds : kinds,
                    request.Description is null ? stored.Settings.Description : description,
                    request.IsOrdered ?? stored.Settings.IsOrdered);
                return settings == stored.Settings ? null : stored with { Settings = settings };
            },
            cancellationToken);
    }
}
