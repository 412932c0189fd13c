using Payments.Providers.Values;
using Payments.Providers.Webhooks;

namespace Payments.Providers.Adyen;

/// <summary>Adyen's standard webhooks: basic authentication, and in each item of a batch an HMAC-SHA256 of eight of its members.</summary>
internal sealed class AdyenWebhooks() : ProviderWebhooks<AdyenSettings>("adyen")
{
    private const string Scheme = "Basic ";

    public override string Acknowledgement => "[accepted]";

    protected override AdyenSettings Read(SettingsReader settings) => AdyenSettings.Read(settings);

    protected override IReadOnlyList<ProviderEvent> Receive(ProviderRequest request, AdyenSettings settings, DateTimeOffset now)
    {
        if (!IsAuthenticated(request.Header("Authorization"), settings))
        {
            throw new WebhookRejectedException("The user name and password of the basic authentication do not match those of the connector.", isUnauthorized: true);
        }

        return ReadBody<IReadOnlyList<ProviderEvent>>(request.Body, body =>
        {
            var items = body.Items("notificationItems").Select(item => item.Member("NotificationRequestItem")).ToList();
            return items.Count == 0 ? throw new UnusableValueException("notificationItems must be an array of at least one item") : [.. items.Select(item => Verify(item, settings))];
        });
    }

    protected override ProviderOutcome Map(JsonElement body, AdyenSettings settings, ConnectorId connector) => AdyenMapping.Map(new(body, settings, connector));

    private static ProviderEvent Verify(JsonElement item, AdyenSettings settings)
    {
        string?[] signed =
        [
            item.RequiredText("pspReference"), item.Text("originalReference"), item.Text("merchantAccountCode"), item.Text("merchantReference"),
            AmountText(item.Member("amount.value")), item.Text("amount.currency"), item.RequiredText("eventCode"), AdyenItem.SuccessText(item),
        ];
        var signature = new byte[32];
        var isBase64 = Convert.TryFromBase64String(item.Text("additionalData.hmacSignature") ?? "", signature, out var length) && length == signature.Length;
        if (!Signature.IsHmacSha256(Encoding.UTF8.GetBytes(string.Join(':', signed)), settings.HmacKey.Select(Convert.FromHexString), isBase64 ? [signature] : []))
        {
            throw new WebhookRejectedException("The additionalData.hmacSignature of an item does not match its members and the hmacKey of the connector.", isUnauthorized: true);
        }

        return Event($"{signed[6]}:{signed[0]}:{signed[7]}:{item.Text("eventDate")}", signed[6]!, item);
    }

    private static string? AmountText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String => value.GetString(),
        _ => null,
    };

    private static bool IsAuthenticated(string? header, AdyenSettings settings)
    {
        var credentials = new byte[1024];
        return header is not null
            && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(header[Scheme.Length..].Trim(), credentials, out var length)
            && Signature.IsOneOf(credentials.AsSpan(0, length), settings.WebhookUsername.SelectMany(_ => settings.WebhookPassword, (name, password) => $"{name}:{password}"));
    }
}
