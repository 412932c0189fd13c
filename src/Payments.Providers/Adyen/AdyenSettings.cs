using Payments.Providers.Webhooks;

namespace Payments.Providers.Adyen;

/// <summary>The settings of an Adyen connector.</summary>
/// <param name="HmacKey">The HMAC keys of the webhook, in hexadecimal.</param>
/// <param name="WebhookUsername">The user name of the basic authentication, which also protects what the signature does not cover.</param>
/// <param name="WebhookPassword">The passwords of the basic authentication.</param>
/// <param name="IsCaptureManual">Whether the merchant account captures manually. Then AUTHORISATION is PENDING, and each CAPTURE is an adjustment.</param>
/// <param name="FindByMerchantReference">Whether an event that names no payment finds it by its merchant reference.</param>
internal sealed record AdyenSettings(
    IReadOnlyList<string> HmacKey, IReadOnlyList<string> WebhookUsername, IReadOnlyList<string> WebhookPassword, bool IsCaptureManual = false, bool FindByMerchantReference = false)
    : ProviderSettings
{
    private const string Manual = "manual";

    public override bool CanVerify => HmacKey.Count > 0 && WebhookUsername.Count > 0 && WebhookPassword.Count > 0;

    public static AdyenSettings Read(SettingsReader settings) => new(
        settings.Secrets(
            "hmacKey", isRequired: true, key => key.Length == 64 && key.All(char.IsAsciiHexDigit),
            "must be the HMAC key of the webhook, 64 hexadecimal digits. Generate it in the Customer Area under Developers, Webhooks, Security"),
        settings.Secrets("webhookUsername", isRequired: true, name => !name.Contains(':', StringComparison.Ordinal), $"must be the user name of the webhook's basic authentication, without a colon{Where}"),
        settings.Secrets("webhookPassword", isRequired: true, _ => true, $"must be the password of the webhook's basic authentication{Where}"),
        settings.OneOf("capture", "automatic", Manual) == Manual,
        settings.Flag("findByMerchantReference"));

    private const string Where = ". Set it in the Customer Area under Developers, Webhooks, Security";
}
