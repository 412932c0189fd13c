using System.Text.Json;

namespace Payments.Dashboard.Payments;

/// <summary>Finds why a provider's object failed.</summary>
internal static class FailureReason
{
    private const int MaxLength = 200;

    // Of Stripe: an intent, a charge, a payout, a refund, a canceled intent. The last one is Adyen's.
    // https://docs.stripe.com/api, https://docs.adyen.com/development-resources/webhooks
    private static readonly string[][] Paths =
    [
        ["last_payment_error", "message"], ["failure_message"], ["failure_reason"], ["failure_code"], ["cancellation_reason"], ["reason"],
    ];

    public static string? Find(string raw)
    {
        try
        {
            using var document = JsonDocument.Parse(raw, new JsonDocumentOptions { MaxDepth = 256 });
            var found = Paths.Select(path => Text(document.RootElement, path)).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));
            return found?.Length > MaxLength ? $"{found[..MaxLength]}…" : found;
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
