using System.Collections.Frozen;
using Payments.Providers.Values;

namespace Payments.Providers.Stripe;

/// <summary>The scheme of a charge: the brand of its card, or its payment method.</summary>
internal static class StripeScheme
{
    // Both the names of payment_method_details and, in older API versions, of source ("American Express").
    private static readonly FrozenDictionary<string, PaymentScheme> Schemes = new Dictionary<string, PaymentScheme>
    {
        ["visa"] = PaymentScheme.Visa,
        ["mastercard"] = PaymentScheme.Mastercard,
        ["amex"] = PaymentScheme.Amex,
        ["americanexpress"] = PaymentScheme.Amex,
        ["diners"] = PaymentScheme.Diners,
        ["dinersclub"] = PaymentScheme.Diners,
        ["discover"] = PaymentScheme.Discover,
        ["jcb"] = PaymentScheme.Jcb,
        ["unionpay"] = PaymentScheme.Unionpay,
        ["alipay"] = PaymentScheme.Alipay,
        ["sepa_debit"] = PaymentScheme.SepaDebit,
        ["us_bank_account"] = PaymentScheme.AchDebit,
        ["ach_debit"] = PaymentScheme.AchDebit,
        ["ach_credit_transfer"] = PaymentScheme.Ach,
        ["card"] = PaymentScheme.Unknown,
        ["unknown"] = PaymentScheme.Unknown,
    }.ToFrozenDictionary();

    public static PaymentScheme Of(JsonElement charge)
    {
        var type = charge.Text("payment_method_details.type");
        return Of(type is null ? null : charge.Text($"payment_method_details.{type}.brand"), type ?? charge.Text("source.brand") ?? charge.Text("card.brand") ?? charge.Text("source.type"));
    }

    /// <summary>The scheme of a card's brand, or of a payment method if the brand is null.</summary>
    public static PaymentScheme Of(string? brand, string? method) => (brand ?? method)?.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant() is { } name
        ? Schemes.GetValueOrDefault(name, PaymentScheme.Other)
        : PaymentScheme.Unknown;
}
