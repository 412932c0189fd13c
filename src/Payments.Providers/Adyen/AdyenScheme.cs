namespace Payments.Providers.Adyen;

internal static class AdyenScheme
{
    /// <summary>The scheme of a payment method, such as <c>mc</c>.</summary>
    public static PaymentScheme Of(string? paymentMethod) => paymentMethod?.ToLowerInvariant() switch
    {
        null or "" => PaymentScheme.Unknown,
        "visa" => PaymentScheme.Visa,
        "mc" => PaymentScheme.Mastercard,
        "amex" => PaymentScheme.Amex,
        "diners" => PaymentScheme.Diners,
        "discover" => PaymentScheme.Discover,
        "jcb" => PaymentScheme.Jcb,
        "cup" => PaymentScheme.Cup,
        "maestro" => PaymentScheme.Maestro,
        "sepadirectdebit" => PaymentScheme.SepaDebit,
        "ach" => PaymentScheme.AchDebit,
        "applepay" => PaymentScheme.ApplePay,
        "googlepay" or "paywithgoogle" => PaymentScheme.GooglePay,
        "alipay" => PaymentScheme.Alipay,
        var doku when doku.StartsWith("doku", StringComparison.Ordinal) => PaymentScheme.Doku,
        var dragonpay when dragonpay.StartsWith("dragonpay", StringComparison.Ordinal) => PaymentScheme.Dragonpay,
        var molpay when molpay.StartsWith("molpay", StringComparison.Ordinal) => PaymentScheme.Molpay,
        _ => PaymentScheme.Other,
    };
}
