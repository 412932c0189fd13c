using Payments.Providers.Values;
using Payments.Providers.Webhooks;

namespace Payments.Providers.Tests.Acme;

internal sealed record AcmeSettings(IReadOnlyList<string> WebhookSecret) : ProviderSettings
{
    public override bool CanVerify => WebhookSecret.Count > 0;
}

/// <summary>Acme's webhooks: <c>Acme-Signature</c> is the HMAC-SHA256 of the body in hexadecimal.</summary>
internal sealed class AcmeWebhooks() : ProviderWebhooks<AcmeSettings>("acme")
{
    private static readonly CurrencyDecimals Decimals = new(new Dictionary<int, string> { [0] = "JPY KRW", [3] = "KWD" });

    protected override AcmeSettings Read(SettingsReader settings) =>
        new(settings.Secrets("webhookSecret", isRequired: true, secret => secret.Length >= 24, "must be the secret of the webhook, at least 24 characters. Acme shows it under Settings"));

    protected override IReadOnlyList<ProviderEvent> Receive(ProviderRequest request, AcmeSettings settings, DateTimeOffset now)
    {
        var header = request.Header("Acme-Signature") ?? "";
        byte[][] signatures = header.Length == 64 && header.All(char.IsAsciiHexDigit) ? [Convert.FromHexString(header)] : [];
        return Signature.IsHmacSha256(request.Body.Span, settings.WebhookSecret.Select(Encoding.UTF8.GetBytes), signatures)
            ? ReadBody<IReadOnlyList<ProviderEvent>>(request.Body, body => [Event(body.RequiredText("id"), body.RequiredText("type"), body)])
            : throw new WebhookRejectedException("The header Acme-Signature does not match the body and the webhookSecret of the connector.");
    }

    protected override ProviderOutcome Map(JsonElement body, AcmeSettings settings, ConnectorId connector) => body.RequiredText("type") switch
    {
        "payment.paid" => new ProviderCommands([new(
            new CreatePaymentCommand
            {
                ConnectorId = connector.ToString(),
                Reference = body.RequiredText("payment.id"),
                Type = "PAY-IN",
                Status = "SUCCEEDED",
                CreatedAt = body.RequiredTime("time"),
                Amount = body.RequiredAmount("payment.amount"),
                Asset = Decimals.Asset(body.RequiredText("payment.currency")),
                Scheme = "unknown",
                Raw = body.Member("payment").GetRawText(),
            },
            [])]),
        "refund.paid" => new ProviderCommands([new(
            new AdjustPaymentCommand
            {
                Reference = body.RequiredText("refund.id"),
                Status = "REFUNDED",
                CreatedAt = body.RequiredTime("time"),
                Amount = body.RequiredAmount("refund.amount"),
                Raw = body.Member("refund").GetRawText(),
            },
            [new PaymentLookup.ByReference(PaymentType.PayIn, body.RequiredText("refund.payment"))]) { Asset = Decimals.Asset(body.RequiredText("refund.currency")) }]),
        _ => new ProviderIgnored("Events of this kind change no payment."),
    };
}
