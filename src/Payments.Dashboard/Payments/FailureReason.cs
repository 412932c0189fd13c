using System.Text.Json;
using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Payments;

/// <summary>Finds why a provider's object failed.</summary>
internal static class FailureReason
{
    private const int MaxLength = 200;

    // Of Stripe: a canceled intent, a failed one, a charge or payout, a refund. A refund also has a reason, which is why somebody wanted it.
    // https://docs.stripe.com/api
    private static readonly string[][] StripePaths =
        [["cancellation_reason"], ["last_payment_error", "message"], ["failure_message"], ["failure_reason"], ["failure_code"]];

    // https://docs.adyen.com/development-resources/webhooks
    private static readonly string[] AdyenPath = ["reason"];

    public static string? Find(string raw)
    {
        try
        {
            using var document = JsonDocument.Parse(raw, new JsonDocumentOptions { MaxDepth = JsonText.MaxDepth });
            var root = document.RootElement;
            var paths = Text(root, ["eventCode"]) is null ? StripePaths : [AdyenPath];
            var found = paths.Select(path => Text(root, path)).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));
            return found?.Length > MaxLength ? $"{found[..(MaxLength - (char.IsHighSurrogate(found[MaxLength - 1]) ? 1 : 0))]}…" : found;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // too deep, or a lone surrogate
        }
    }

    private static string? Text(JsonElement element, string[] path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
