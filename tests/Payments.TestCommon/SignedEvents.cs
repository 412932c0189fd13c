using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Payments.TestCommon;

/// <summary>Events as Stripe and Adyen send them, with their signatures.</summary>
public static class SignedEvents
{
    public const string StripeSecret = "whsec_MARK-stories";
    public const string AdyenKey = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
    public const string AdyenUser = "payments";
    public const string AdyenPassword = "stories: ü";

    /// <summary>The settings of a connector for the events.</summary>
    public static string StripeSettings { get; } = $$"""{"webhookSecret":"{{StripeSecret}}"}""";

    /// <inheritdoc cref="StripeSettings"/>
    public static string AdyenSettings { get; } = $$"""{"hmacKey":"{{AdyenKey}}","webhookUsername":"{{AdyenUser}}","webhookPassword":"{{AdyenPassword}}"}""";

    public static string StripeEvent(string id, string kind, int at, string data) =>
        $$$"""{"id":"{{{id}}}","object":"event","created":{{{Sample.Now.ToUnixTimeSeconds() + at}}},"livemode":true,"type":"{{{kind}}}","data":{"object":{{{data}}}}}""";

    public static string Intent(string id, string status, int amount = 1000, int at = 0) =>
        $$"""{"id":"{{id}}","object":"payment_intent","amount":{{amount}},"amount_received":{{(status == "succeeded" ? amount : 0)}},"created":{{Sample.Now.ToUnixTimeSeconds() + at}},"currency":"usd","status":"{{status}}"}""";

    public static string Refund(string id, string intent, int amount, int at) =>
        $$"""{"id":"{{id}}","object":"refund","amount":{{amount}},"created":{{Sample.Now.ToUnixTimeSeconds() + at}},"currency":"usd","charge":"ch_of_{{intent}}","payment_intent":"{{intent}}","status":"succeeded"}""";

    public static string AdyenItem(string code, string psp, int at, int value = 1000, string? original = null)
    {
        var signed = $"{psp}:{original}:Account:order-7:{value}:EUR:{code}:true";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromHexString(AdyenKey), Encoding.UTF8.GetBytes(signed)));
        return $$$"""
            {"additionalData":{"hmacSignature":"{{{signature}}}"},"amount":{"currency":"EUR","value":{{{value}}}},"eventCode":"{{{code}}}","eventDate":"{{{Sample.Now.AddSeconds(at).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)}}}",
            "merchantAccountCode":"Account","merchantReference":"order-7","originalReference":{{{(original is null ? "null" : $"\"{original}\"")}}},"paymentMethod":"visa","pspReference":"{{{psp}}}","success":"true"}
            """;
    }

    public static string AdyenBatch(params string[] items) =>
        $$"""{"live":"false","notificationItems":[{{string.Join(',', items.Select(item => $$"""{"NotificationRequestItem":{{item}} }"""))}}]}""";

    public static string StripeSignature(string body, string secret = StripeSecret, DateTimeOffset? at = null)
    {
        var time = (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}")))}";
    }

    /// <summary>Posts an event to the webhook URL of a connector, without a token.</summary>
    public static Task<HttpResponseMessage> PostStripeEventAsync(this HttpClient client, string connector, string body, string? signature = null) =>
        client.PostEventAsync("stripe", connector, body, request => request.Headers.TryAddWithoutValidation("Stripe-Signature", signature ?? StripeSignature(body)));

    /// <inheritdoc cref="PostStripeEventAsync"/>
    public static Task<HttpResponseMessage> PostAdyenEventsAsync(this HttpClient client, string connector, string body, string credentials = $"{AdyenUser}:{AdyenPassword}") =>
        client.PostEventAsync("adyen", connector, body, request => request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))));

    private static async Task<HttpResponseMessage> PostEventAsync(this HttpClient client, string provider, string connector, string body, Action<HttpRequestMessage> sign)
    {
        using var anonymous = new HttpRequestMessage(HttpMethod.Post, new Uri(client.BaseAddress!, $"api/payments/connectors/webhooks/{provider}/{connector}"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // HttpClient would add its own token.
        anonymous.Headers.Authorization = new AuthenticationHeaderValue("None");
        sign(anonymous);
        return await client.SendAsync(anonymous);
    }

    /// <summary>Installs a connector with settings.</summary>
    public static async Task<string> InstallWithSettingsAsync(this HttpClient client, string provider, string settings)
    {
        using var response = await client.PostJsonAsync($"connectors/{provider}", $$"""{"name":"{{Guid.NewGuid()}}",{{settings[1..]}}""");
        return (string)(await response.JsonAsync())["data"]!["connectorID"]!;
    }
}
