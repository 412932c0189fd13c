using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Accounts;

/// <summary>Stores accounts in either database.</summary>
internal sealed class AccountRepository(IDatabase database, ISqlDialect dialect) : IAccountRepository
{
    public Task<bool> AddAsync(Account account, CancellationToken cancellationToken) => database.AddAsync(
        AccountSql.Add,
        new
        {
            IdHash = IdHash.Of(account.Id),
            ConnectorHash = IdHash.Of(account.ConnectorId),
            Reference = account.Reference.Text,
            Type = WireName<AccountType>.Of(account.Type),
            Name = account.Name?.Text,
            DefaultAsset = account.DefaultAsset?.Code,
            CreatedAt = account.CreatedAt.Utc,
            Metadata = JsonSerializer.Serialize(account.Metadata.Entries),
            Raw = account.Raw.Text,
        },
        cancellationToken);

    public async Task<Account?> FindAsync(AccountId id, CancellationToken cancellationToken) =>
        await database.QueryAsync<AccountRow>(AccountSql.Find, new { IdHash = IdHash.Of(id) }, cancellationToken) is [var row] ? row.ToAccount() : null;

    public Task<Page<Account>> ListAsync(PageRequest request, CancellationToken cancellationToken) => PageReading.ReadAsync(
        request,
        async start => from row in await database.QueryAsync<AccountRow>(AccountSql.Page(start.Ascending, dialect), start, cancellationToken)
                       select (new PagePosition(StoredValue.ReadUtc(row.CreatedAt), row.Sequence), row.ToAccount()));

    private sealed class AccountRow
    {
        public required long Sequence { get; init; }
        public required string Provider { get; init; }
        public required string ConnectorReference { get; init; }
        public required string Reference { get; init; }
        public required string Type { get; init; }
        public string? Name { get; init; }
        public string? DefaultAsset { get; init; }
        public required DateTime CreatedAt { get; init; }
        public required string Metadata { get; init; }
        public required string Raw { get; init; }

        public Account ToAccount() => Account.Restore(
            new AccountId(StoredValue.ReadConnectorId(Provider, ConnectorReference), StoredValue.Read<AccountReference>(Reference)),
            StoredValue.ReadUtc(CreatedAt),
            WireName<AccountType>.Parse(Type),
            Name is null ? null : StoredValue.Read<AccountName>(Name),
            DefaultAsset is null ? null : StoredValue.Read<Asset>(DefaultAsset),
            StoredValue.ReadMetadata(Metadata),
            new RawJson(Raw));
    }
}
