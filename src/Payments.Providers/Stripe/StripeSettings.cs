using Payments.Providers.Webhooks;

namespace Payments.Providers.Stripe;

/// <summary>The signing secrets of a Stripe webhook endpoint. Each is the HMAC key as it stands, <c>whsec_</c> included.</summary>
internal sealed record StripeSettings(IReadOnlyList<string> WebhookSecret) : ProviderSettings
{
    // The API keys of Stripe look alike and are pasted by mistake.
    private const string Prefix = "whsec_";

    public override bool CanVerify => WebhookSecret.Count > 0;

    public static StripeSettings Read(SettingsReader settings) => new(settings.Secrets(
        "webhookSecret",
        isRequired: true,
        secret => secret.StartsWith(Prefix, StringComparison.Ordinal) && secret.Length > Prefix.Length && secret.All(c => c is > ' ' and <= '~'),
        $"must be the signing secret of the webhook endpoint, which starts with {Prefix}. Stripe's Dashboard shows it on the page of the endpoint"));
}
