namespace Payments.Domain.Payments;

/// <summary>The direction of a payment: received (PAY-IN), sent (PAYOUT) or between the company's own accounts (TRANSFER).</summary>
public enum PaymentType
{
    /// <summary>Money that the company receives.</summary>
    [JsonStringEnumMemberName("PAY-IN")] PayIn = 1,
    /// <summary>Money that the company sends.</summary>
    [JsonStringEnumMemberName("PAYOUT")] Payout = 2,
    /// <summary>Money that moves between the company's own accounts.</summary>
    [JsonStringEnumMemberName("TRANSFER")] Transfer = 3,
    /// <summary>A movement of another kind.</summary>
    [JsonStringEnumMemberName("OTHER")] Other = 4,
}
