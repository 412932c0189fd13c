using Payments.Domain.Connectors;

namespace Payments.Domain.Accounts;

/// <summary>An account at a provider, as it was first reported; it never changes.</summary>
public sealed class Account
{
    private Account(
        AccountId id, Instant createdAt, AccountType type, AccountName? name, Asset? defaultAsset, Metadata metadata, RawJson raw)
    {
        _ = WireName<AccountType>.Of(type);
        Id = id;
        CreatedAt = createdAt;
        Type = type;
        Name = name;
        DefaultAsset = defaultAsset;
        Metadata = metadata;
        Raw = raw;
    }

    /// <summary>The identity, derived from connector and reference.</summary>
    public AccountId Id { get; }

    /// <summary>The connector it was reported through.</summary>
    public ConnectorId ConnectorId => Id.ConnectorId;

    /// <summary>The provider's own reference.</summary>
    public AccountReference Reference => Id.Reference;

    /// <summary>When it was made at the provider.</summary>
    public Instant CreatedAt { get; }

    /// <summary>Whose it is.</summary>
    public AccountType Type { get; }

    /// <summary>What it is called, where that was given.</summary>
    public AccountName? Name { get; }

    /// <summary>What its amounts are of unless they say otherwise, where that was given.</summary>
    public Asset? DefaultAsset { get; }

    /// <summary>The company's own facts.</summary>
    public Metadata Metadata { get; }

    /// <summary>The request that it was reported by.</summary>
    public RawJson Raw { get; }

    /// <summary>Makes an account as it is reported.</summary>
    /// <exception cref="ArgumentException">It is made more than <see cref="ProviderClock.MaxSkew"/> after <paramref name="now"/>, or its type is not defined.</exception>
    public static Account Create(
        AccountId id,
        Instant createdAt,
        AccountType type,
        AccountName? name,
        Asset? defaultAsset,
        Metadata metadata,
        RawJson raw,
        DateTimeOffset now)
    {
        ProviderClock.ThrowIfInvalid(createdAt, now);
        return new(id, createdAt, type, name, defaultAsset, metadata, raw);
    }

    /// <summary>Takes back what the store holds.</summary>
    /// <exception cref="ArgumentException">The type is not defined.</exception>
    public static Account Restore(
        AccountId id, Instant createdAt, AccountType type, AccountName? name, Asset? defaultAsset, Metadata metadata, RawJson raw) =>
        new(id, createdAt, type, name, defaultAsset, metadata, raw);

    /// <summary>Takes another report of this account, which must say the same as the first one; what the requests looked like is not compared.</summary>
    /// <exception cref="ConflictException">The report contradicts what is stored.</exception>
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
