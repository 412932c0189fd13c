using System.Text.Json.Serialization;

namespace Payments.Domain.Payments;

/// <summary>Which way the money goes.</summary>
public enum PaymentType
{
    /// <summary>Money that comes in.</summary>
    [JsonStringEnumMemberName("PAY-IN")]
    PayIn = 1,

    /// <summary>Money that goes out.</summary>
    [JsonStringEnumMemberName("PAYOUT")]
    Payout = 2,

    /// <summary>Money that moves between own accounts.</summary>
    [JsonStringEnumMemberName("TRANSFER")]
    Transfer = 3,

    /// <summary>Anything else.</summary>
    [JsonStringEnumMemberName("OTHER")]
    Other = 4,
}
