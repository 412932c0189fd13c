namespace Payments.Domain.Payments;

/// <summary>The payment scheme: the card network, bank transfer scheme or wallet that carries a payment.</summary>
public enum PaymentScheme
{
    /// <summary>Not reported by the provider. A later report can fill it in.</summary>
    [JsonStringEnumMemberName("unknown")] Unknown = 1,
    /// <summary>A scheme that is not in this list.</summary>
    [JsonStringEnumMemberName("other")] Other = 2,
    /// <summary>Visa.</summary>
    [JsonStringEnumMemberName("visa")] Visa = 3,
    /// <summary>Mastercard.</summary>
    [JsonStringEnumMemberName("mastercard")] Mastercard = 4,
    /// <summary>American Express.</summary>
    [JsonStringEnumMemberName("amex")] Amex = 5,
    /// <summary>Diners Club.</summary>
    [JsonStringEnumMemberName("diners")] Diners = 6,
    /// <summary>Discover.</summary>
    [JsonStringEnumMemberName("discover")] Discover = 7,
    /// <summary>JCB.</summary>
    [JsonStringEnumMemberName("jcb")] Jcb = 8,
    /// <summary>UnionPay.</summary>
    [JsonStringEnumMemberName("unionpay")] Unionpay = 9,
    /// <summary>Alipay.</summary>
    [JsonStringEnumMemberName("alipay")] Alipay = 10,
    /// <summary>China UnionPay.</summary>
    [JsonStringEnumMemberName("cup")] Cup = 11,
    /// <summary>SEPA Direct Debit.</summary>
    [JsonStringEnumMemberName("sepa debit")] SepaDebit = 12,
    /// <summary>SEPA Credit Transfer.</summary>
    [JsonStringEnumMemberName("sepa credit")] SepaCredit = 13,
    /// <summary>SEPA; the provider does not report which kind.</summary>
    [JsonStringEnumMemberName("sepa")] Sepa = 14,
    /// <summary>Apple Pay.</summary>
    [JsonStringEnumMemberName("apple pay")] ApplePay = 15,
    /// <summary>Google Pay.</summary>
    [JsonStringEnumMemberName("google pay")] GooglePay = 16,
    /// <summary>DOKU.</summary>
    [JsonStringEnumMemberName("doku")] Doku = 17,
    /// <summary>Dragonpay.</summary>
    [JsonStringEnumMemberName("dragonpay")] Dragonpay = 18,
    /// <summary>Maestro.</summary>
    [JsonStringEnumMemberName("maestro")] Maestro = 19,
    /// <summary>MOLPay.</summary>
    [JsonStringEnumMemberName("molpay")] Molpay = 20,
    /// <summary>Account-to-account payment.</summary>
    [JsonStringEnumMemberName("a2a")] A2A = 21,
    /// <summary>ACH debit.</summary>
    [JsonStringEnumMemberName("ach debit")] AchDebit = 22,
    /// <summary>ACH; the provider does not report which kind.</summary>
    [JsonStringEnumMemberName("ach")] Ach = 23,
    /// <summary>Real-Time Payments (RTP).</summary>
    [JsonStringEnumMemberName("rtp")] Rtp = 24,
}
