using System.Security.Cryptography;
using Payments.Providers.Stripe;

namespace Payments.Providers.Tests.Stripe;

/// <summary>Events in Stripe's documented shape. Times are seconds after <see cref="Sample.Now"/>.</summary>
internal static class StripeTest
{
    public const string Secret = "whsec_stories";

    public static StripeWebhooks Webhooks { get; } = new();

    public static StripeSettings Settings { get; } = new([Secret]);

    public static ConnectorId Connector { get; } = Sample.Value<ConnectorId>(Sample.ConnectorId);

    public static long Seconds(int seconds) => Sample.Now.ToUnixTimeSeconds() + seconds;

    public static string Event(string kind, int at, string data, string id = "", string more = "") => $$$"""
        {"id":"evt_{{{kind}}}_{{{at}}}{{{id}}}","object":"event","api_version":"2025-01-27.acacia","created":{{{Seconds(at)}}},"livemode":true{{{more}}},"type":"{{{kind}}}","data":{"object":{{{data}}} } }
        """;

    public static string Intent(string status, int amount = 1000, int received = 0, int created = 0, string id = "pi_1", string currency = "usd") =>
        $$$"""{"id":"{{{id}}}","object":"payment_intent","amount":{{{amount}}},"amount_received":{{{received}}},"created":{{{Seconds(created)}}},"currency":"{{{currency}}}","status":"{{{status}}}","metadata":{"order":"7"}}""";

    public static string Charge(
        string status, int amount = 1000, int created = 0, string id = "ch_1", string? intent = "pi_1", bool captured = true, string brand = "visa", int? amountCaptured = null, string refunds = "") =>
        $$$"""
        {"id":"{{{id}}}","object":"charge","amount":{{{amount}}},"amount_captured":{{{amountCaptured ?? (captured ? amount : 0)}}},"amount_refunded":999,"captured":{{{(captured ? "true" : "false")}}},"created":{{{Seconds(created)}}},"currency":"usd",
        "payment_intent":{{{(intent is null ? "null" : $"\"{intent}\"")}}},"status":"{{{status}}}","payment_method_details":{"type":"card","card":{"brand":"{{{brand}}}"}}{{{refunds}}}}
        """;

    public static string Refund(string status, int amount, int created, string id = "re_1", string? intent = "pi_1", string more = "") =>
        $$$"""{"id":"{{{id}}}","object":"refund","amount":{{{amount}}},"created":{{{Seconds(created)}}},"currency":"usd","charge":"ch_1","payment_intent":{{{(intent is null ? "null" : $"\"{intent}\"")}}},"status":"{{{status}}}"{{{more}}}}""";

    public static string Dispute(string status, int created, int amount = 1000, string id = "dp_1", string? intent = "pi_1") =>
        $$$"""{"id":"{{{id}}}","object":"dispute","amount":{{{amount}}},"created":{{{Seconds(created)}}},"currency":"usd","charge":"ch_1","payment_intent":{{{(intent is null ? "null" : $"\"{intent}\"")}}},"status":"{{{status}}}"}""";

    public static string Object(string kind, string id, string status, int amount = 1000, int created = 0, string more = "") =>
        $$$"""{"id":"{{{id}}}","object":"{{{kind}}}","amount":{{{amount}}},"created":{{{Seconds(created)}}},"currency":"usd","status":"{{{status}}}"{{{more}}}}""";

    public static ProviderRequest Sign(string body, string secret = Secret, DateTimeOffset? at = null) => Sign(Encoding.UTF8.GetBytes(body), secret, at);

    public static ProviderRequest Sign(byte[] body, string secret = Secret, DateTimeOffset? at = null)
    {
        var time = (at ?? Sample.Now).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes($"{time}."), .. body]));
        return Request(body, $"t={time},v1={signature},v0=old");
    }

    public static ProviderRequest Request(byte[] body, string? header) =>
        new(name => name.Equals("Stripe-Signature", StringComparison.OrdinalIgnoreCase) ? header : null, body);

    public static ProviderOutcome Map(string body) => Webhooks.Map(body, Settings, Connector);
}
