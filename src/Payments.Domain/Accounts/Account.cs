using Payments.Domain.Connectors;

namespace Payments.Domain.Accounts;

/// <summary>An account at a provider, as the first report describes it. It never changes.</summary>
public sealed class Account
{
    private Account(AccountId id, Instant createdAt, AccountType type, AccountName? name, Asset? defaultAsset, Metadata metadata, RawJson raw)
    {
        _ = WireName<AccountType>.Of(type);
        (Id, CreatedAt, Type, Name, DefaultAsset, Metadata, Raw) = (id, createdAt, type, name, defaultAsset, metadata, raw);
    }

    /// <summary>The id, derived from the connector and the reference.</summary>
    public AccountId Id { get; }
    /// <summary>The connector that reported the account.</summary>
    public ConnectorId ConnectorId => Id.ConnectorId;
    /// <summary>The provider's reference.</summary>
    public AccountReference Reference => Id.Reference;
    /// <summary>The provider's time of the account's creation.</summary>
    public Instant CreatedAt { get; }
    /// <summary>The owner.</summary>
    public AccountType Type { get; }
    /// <summary>The name; null if it was not reported.</summary>
    public AccountName? Name { get; }
    /// <summary>The asset of the account's amounts unless they name another; null if it was not reported.</summary>
    public Asset? DefaultAsset { get; }
    /// <summary>The company's own data.</summary>
    public Metadata Metadata { get; }
    /// <summary>The request that reported the account.</summary>
    public RawJson Raw { get; }

    /// <summary>Creates an account from its first report.</summary>
    /// <exception cref="ArgumentException">createdAt is before 1970 or more than <see cref="ProviderClock.MaxSkew"/>
    /// after <paramref name="now"/>, or the enum does not define the type.</exception>
    public static Account Create(
        AccountId id, Instant createdAt, AccountType type, AccountName? name, Asset? defaultAsset, Metadata metadata, RawJson raw, DateTimeOffset now)
    {
        ProviderClock.ThrowIfInvalid(createdAt, now);
        return new(id, createdAt, type, name, defaultAsset, metadata, raw);
    }

    /// <summary>Restores a stored account.</summary>
    /// <exception cref="ArgumentException">The enum does not define the type.</exception>
    public static Account Restore(
        AccountId id, Instant createdAt, AccountType type, AccountName? name, Asset? defaultAsset, Metadata metadata, RawJson raw) =>
        new(id, createdAt, type, name, defaultAsset, metadata, raw);

    /// <summary>Checks that another report of this account has the same values. <see cref="Raw"/> is not compared.</summary>
    /// <exception cref="ConflictException">The report differs. The exception names every field that does.</exception>
    public void EnsureSameAs(Account report)
    {
        var differences = new Differences();
        differences.Compare("createdAt", CreatedAt == report.CreatedAt, CreatedAt);
        differences.Compare("type", Type == report.Type, WireName<AccountType>.Of(Type));
        differences.Compare("accountName", Name == report.Name, Name);
        differences.Compare("defaultAsset", DefaultAsset == report.DefaultAsset, DefaultAsset);
        differences.Compare("metadata", Metadata.Equals(report.Metadata), null);
        differences.ThrowIfAny("The account is already recorded with other content.");
    }
}

/// <summary>The name of an account. It need not be unique.</summary>
public sealed record AccountName : NameOrReference, IValueObject<AccountName>
{
    /// <summary>The max length in Unicode code points.</summary>
    public const int MaxLength = 1000;

    private AccountName() { }

    /// <inheritdoc/>
    public static string Rule { get; } = RuleFor(MaxLength);

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out AccountName value) =>
        (value = IsValid(text, MaxLength) ? new() { Text = text } : null) is not null;
}

/// <summary>The owner of an account: the company (INTERNAL) or another party (EXTERNAL).</summary>
public enum AccountType
{
    /// <summary>Owned by the company, at the provider.</summary>
    [JsonStringEnumMemberName("INTERNAL")] Internal = 1,
    /// <summary>Owned by another party, such as a customer or a supplier.</summary>
    [JsonStringEnumMemberName("EXTERNAL")] External = 2,
}
