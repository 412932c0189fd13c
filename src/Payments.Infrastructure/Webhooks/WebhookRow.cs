using System.Security.Cryptography;
using Payments.Infrastructure.Secrets;

namespace Payments.Infrastructure.Webhooks;

/// <summary>A row of the table <c>webhooks</c>, with its encrypted secrets.</summary>
internal class WebhookRow
{
    public required long Sequence { get; init; }
    public required string Id { get; init; }
    public required string Url { get; init; }
    public required int Kinds { get; init; }
    public string? Description { get; init; }
    public required int IsOrdered { get; init; }
    public required string SecretLastFour { get; init; }
    public required string State { get; init; }
    public string? DisabledReason { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required int Revision { get; init; }
    public string? Secret { get; init; }
    public string? PreviousSecret { get; init; }
    public DateTime? PreviousSecretExpiresAt { get; init; }

    /// <exception cref="FormatException">A value is not valid.</exception>
    public WebhookEndpoint ToEndpoint(SecretKeys keys) => new(
        StoredValue.Read<WebhookId>(Id),
        new(StoredValue.Read<WebhookUrl>(Url), (EventKind)Kinds, Description is null ? null : StoredValue.Read<WebhookDescription>(Description), IsOrdered == 1),
        new(
            // An operator who lost the key deletes the secrets. Until it is rotated, the endpoint signs with a secret that nobody knows.
            Secret is null ? WebhookSecret.Of(RandomNumberGenerator.GetBytes(WebhookSecret.GeneratedLength)) : Decrypt(keys, Secret),
            PreviousSecret is null ? null : Decrypt(keys, PreviousSecret),
            PreviousSecretExpiresAt is { } expiresAt ? Instant.OfUtc(expiresAt) : null)
        {
            LastFour = SecretLastFour,
        },
        WireName<WebhookState>.Parse(State),
        DisabledReason is null ? null : WireName<DisabledReason>.Parse(DisabledReason),
        Instant.OfUtc(CreatedAt),
        Revision);

    private WebhookSecret Decrypt(SecretKeys keys, string secret) => WebhookSecret.Of(keys.Decrypt(WebhookRepository.Purpose, Id, secret));
}
