namespace Payments.Domain.Accounts;

/// <summary>The owner of an account: the company (INTERNAL) or another party (EXTERNAL).</summary>
public enum AccountType
{
    /// <summary>Owned by the company, at the provider.</summary>
    [JsonStringEnumMemberName("INTERNAL")] Internal = 1,
    /// <summary>Owned by another party, such as a customer or a supplier.</summary>
    [JsonStringEnumMemberName("EXTERNAL")] External = 2,
}
