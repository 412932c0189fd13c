namespace Payments.Domain.Payments;

/// <summary>The status of a payment, or of one adjustment in its history.</summary>
public enum PaymentStatus
{
    /// <summary>Created or authorized; the outcome is not yet known.</summary>
    [JsonStringEnumMemberName("PENDING")] Pending = 1,
    /// <summary>Completed: the money was captured or transferred.</summary>
    [JsonStringEnumMemberName("SUCCEEDED")] Succeeded = 2,
    /// <summary>Canceled before completion.</summary>
    [JsonStringEnumMemberName("CANCELLED")] Cancelled = 3,
    /// <summary>Declined, or failed during processing.</summary>
    [JsonStringEnumMemberName("FAILED")] Failed = 4,
    /// <summary>Not completed within the time limit.</summary>
    [JsonStringEnumMemberName("EXPIRED")] Expired = 5,
    /// <summary>Refunded in full or in part. The adjustment's amount is the refunded amount.</summary>
    [JsonStringEnumMemberName("REFUNDED")] Refunded = 6,
    /// <summary>A refund failed, so its whole amount is back in the payment.</summary>
    [JsonStringEnumMemberName("REFUNDED_FAILURE")] RefundedFailure = 7,
    /// <summary>A chargeback or inquiry is open.</summary>
    [JsonStringEnumMemberName("DISPUTE")] Dispute = 8,
    /// <summary>A dispute was decided in favor of the payee.</summary>
    [JsonStringEnumMemberName("DISPUTE_WON")] DisputeWon = 9,
    /// <summary>A dispute was decided in favor of the payer.</summary>
    [JsonStringEnumMemberName("DISPUTE_LOST")] DisputeLost = 10,
    /// <summary>A status of the provider that matches none of the others.</summary>
    [JsonStringEnumMemberName("OTHER")] Other = 11,
}
