using Payments.Providers.Values;
using Payments.Providers.Webhooks;

namespace Payments.Providers.Stripe;

/// <summary>Stripe's webhooks: <c>Stripe-Signature: t=…,v1=…</c>, an HMAC-SHA256 of the time, a point and the body.</summary>
internal sealed class StripeWebhooks() : ProviderWebhooks<StripeSettings>("stripe")
{
    private const string Header = "Stripe-Signature";

    // An attacker can repeat a recorded request for this long. Stripe signs every retry with a new time.
    private const int MaxAgeSeconds = 300;

    protected override StripeSettings Read(SettingsReader settings) => StripeSettings.Read(settings);

    protected override IReadOnlyList<ProviderEvent> Receive(ProviderRequest request, StripeSettings settings, DateTimeOffset now)
    {
        var parts = (request.Header(Header) ?? throw Rejected("is missing")).Split(',').Select(part => part.Trim().Split('=', 2)).ToLookup(part => part[0], part => part[^1]);
        var time = parts["t"].FirstOrDefault() ?? "";
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            throw Rejected("must have the form t=<seconds>,v1=<hex>");
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{time}."), .. request.Body.Span];
        var signatures = parts["v1"].Where(hex => hex.Length == 64 && hex.All(char.IsAsciiHexDigit)).Select(Convert.FromHexString).ToList();
        if (!Signature.IsHmacSha256(signed, settings.WebhookSecret.Select(Encoding.UTF8.GetBytes), signatures))
        {
            throw Rejected("does not match the body and the webhookSecret of the connector");
        }

        if (Math.Abs((decimal)now.ToUnixTimeSeconds() - seconds) > MaxAgeSeconds)
        {
            throw Rejected($"is more than {MaxAgeSeconds} seconds away from the service's clock");
        }

        return ReadBody<IReadOnlyList<ProviderEvent>>(request.Body, body => [Event(body.RequiredText("id"), body.RequiredText("type"), body)]);
    }

    protected override ProviderOutcome Map(JsonElement body, StripeSettings settings, ConnectorId connector) => StripeMapping.Map(new(body, connector));

    private static WebhookRejectedException Rejected(string rule) => new($"The header {Header} {rule}.");
}
