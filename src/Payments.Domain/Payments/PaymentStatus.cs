using System.Text.Json.Serialization;

namespace Payments.Domain.Payments;

/// <summary>How far a payment has come.</summary>
public enum PaymentStatus
{
    /// <summary>Begun, not yet decided.</summary>
    [JsonStringEnumMemberName("PENDING")]
    Pending = 1,

    /// <summary>Done.</summary>
    [JsonStringEnumMemberName("SUCCEEDED")]
    Succeeded = 2,

    /// <summary>Called off before it was done.</summary>
    [JsonStringEnumMemberName("CANCELLED")]
    Cancelled = 3,

    /// <summary>Refused or broken off.</summary>
    [JsonStringEnumMemberName("FAILED")]
    Failed = 4,

    /// <summary>Not done in time.</summary>
    [JsonStringEnumMemberName("EXPIRED")]
    Expired = 5,

    /// <summary>Given back, whole or in part; the only status whose adjustment takes its amount off the payment's.</summary>
    [JsonStringEnumMemberName("REFUNDED")]
    Refunded = 6,

    /// <summary>A refund that did not work.</summary>
    [JsonStringEnumMemberName("REFUNDED_FAILURE")]
    RefundedFailure = 7,

    /// <summary>Disputed by the payer.</summary>
    [JsonStringEnumMemberName("DISPUTE")]
    Dispute = 8,

    /// <summary>A dispute decided for the payee.</summary>
    [JsonStringEnumMemberName("DISPUTE_WON")]
    DisputeWon = 9,

    /// <summary>A dispute decided for the payer.</summary>
    [JsonStringEnumMemberName("DISPUTE_LOST")]
    DisputeLost = 10,

    /// <summary>Anything else.</summary>
    [JsonStringEnumMemberName("OTHER")]
    Other = 11,
}
