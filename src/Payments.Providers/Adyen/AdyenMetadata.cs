namespace Payments.Providers.Adyen;

internal static class AdyenMetadata
{
    public const string MerchantReferenceKey = "adyen.merchantReference";

    /// <summary>The metadata of a payment: the reference that the company gave it, which finds it if an event names no payment.</summary>
    public static Dictionary<string, string> Of(string? merchantReference) =>
        merchantReference is { Length: > 0 } && Metadata.IsValue(merchantReference) ? new() { [MerchantReferenceKey] = merchantReference } : [];
}
