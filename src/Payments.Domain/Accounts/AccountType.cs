using System.Text.Json.Serialization;

namespace Payments.Domain.Accounts;

/// <summary>Whose an account is.</summary>
public enum AccountType
{
    /// <summary>The company's own, at the provider.</summary>
    [JsonStringEnumMemberName("INTERNAL")]
    Internal = 1,

    /// <summary>Somebody else's.</summary>
    [JsonStringEnumMemberName("EXTERNAL")]
    External = 2,
}
