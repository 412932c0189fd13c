namespace Payments.Application.Webhooks;

/// <summary>Sends deliveries over HTTP.</summary>
public interface IWebhookSender
{
    /// <summary>Returns the rule that a URL breaks in this environment, such as an internal address; null if it breaks none.</summary>
    /// <remarks>A host without an address breaks no rule. Each attempt checks the address again when it connects.</remarks>
    Task<string?> FindDenialAsync(WebhookUrl url, CancellationToken cancellationToken);

    /// <summary>Makes one attempt. Every failure is a result: no exception but <see cref="OperationCanceledException"/> is thrown.</summary>
    Task<WebhookAttempt> SendAsync(WebhookMessage message, CancellationToken cancellationToken);
}

/// <summary>A signed delivery.</summary>
/// <param name="Url">The endpoint's URL.</param>
/// <param name="Id">The id of the delivery, which is the same for each attempt.</param>
/// <param name="Body">The JSON body.</param>
/// <param name="Secrets">The secrets that sign: one, or two while a rotation is open.</param>
public sealed record WebhookMessage(WebhookUrl Url, string Id, ReadOnlyMemory<byte> Body, IReadOnlyList<WebhookSecret> Secrets);
