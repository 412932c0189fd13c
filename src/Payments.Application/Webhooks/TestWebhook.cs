using System.Security.Cryptography;

namespace Payments.Application.Webhooks;

/// <summary>Sends a test event to an endpoint, in whatever state it is.</summary>
public sealed record TestWebhookCommand(WebhookId Id) : IRequest<WebhookAttempt>;

/// <summary>Makes one attempt by the same rules as a delivery. Its result is not recorded.</summary>
/// <remarks>Throws <see cref="NotFoundException"/> if no endpoint has the id.</remarks>
internal sealed class TestWebhookHandler(IWebhookRepository webhooks, IWebhookSender sender, TimeProvider clock) : IRequestHandler<TestWebhookCommand, WebhookAttempt>
{
    private const string Type = "webhook.test";

    public async Task<WebhookAttempt> Handle(TestWebhookCommand request, CancellationToken cancellationToken)
    {
        var endpoint = await webhooks.GetAsync(request.Id, cancellationToken);
        var now = new Instant(clock.GetUtcNow());
        var id = $"test_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        return await sender.SendAsync(new(endpoint.Settings.Url, id, WebhookBody.Write(Type, now, "{}"u8), endpoint.Secrets.At(now)), cancellationToken);
    }
}
