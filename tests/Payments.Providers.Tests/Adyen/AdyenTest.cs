using System.Security.Cryptography;
using Payments.Providers.Adyen;

namespace Payments.Providers.Tests.Adyen;

/// <summary>Items in Adyen's documented shape. Times are seconds after <see cref="Sample.Now"/>.</summary>
internal static class AdyenTest
{
    public const string Key = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
    public const string User = "payments";
    public const string Password = "stories: ü";

    public static AdyenWebhooks Webhooks { get; } = new();

    public static AdyenSettings Automatic { get; } = new([Key], [User], [Password]);

    public static AdyenSettings Manual { get; } = Automatic with { IsCaptureManual = true };

    public static ConnectorId Connector { get; } = new(Sample.Value<Provider>("adyen"), Guid.Parse("7f6c3f6e-5b1a-4c2d-9e8f-0a1b2c3d4e5f"));

    /// <summary>An item with its signature.</summary>
    public static string Item(
        string code, string psp, int at, int value = 1000, string? original = null, bool success = true, string currency = "EUR", string? method = "visa", string? action = null, string merchantReference = "order-7", string reason = "")
    {
        var result = success ? "true" : "false";
        var signed = $"{psp}:{original}:MerchantAccount:{merchantReference}:{value}:{currency}:{code}:{result}";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromHexString(Key), Encoding.UTF8.GetBytes(signed)));
        return $$$"""
            {"additionalData":{{{{(action is null ? "" : $"\"modification.action\":\"{action}\",")}}}"hmacSignature":"{{{signature}}}"},"amount":{"currency":"{{{currency}}}","value":{{{value}}}},"eventCode":"{{{code}}}",
            "eventDate":"{{{Sample.Now.AddSeconds(at).ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)}}}","merchantAccountCode":"MerchantAccount","merchantReference":"{{{merchantReference}}}",
            "originalReference":{{{(original is null ? "null" : $"\"{original}\"")}}},"paymentMethod":{{{(method is null ? "null" : $"\"{method}\"")}}},"pspReference":"{{{psp}}}","reason":"{{{reason}}}","success":"{{{result}}}"}
            """;
    }

    public static string Batch(params string[] items) =>
        $$"""{"live":"false","notificationItems":[{{string.Join(',', items.Select(item => $$"""{"NotificationRequestItem":{{item}} }"""))}}]}""";

    public static ProviderRequest Request(string body, string? credentials = $"{User}:{Password}") => Request(Encoding.UTF8.GetBytes(body), credentials);

    public static ProviderRequest Request(byte[] body, string? credentials = $"{User}:{Password}") => new(
        name => name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && credentials is not null ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}" : null,
        body);
}
