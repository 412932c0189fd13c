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
            Metadata = account.Metadata.ToJson(),
            Raw = account.Raw.Text,
        },
        cancellationToken);

    public async Task<Account?> FindAsync(AccountId id, CancellationToken cancellationToken) =>
        await database.QueryAsync<AccountRow>(AccountSql.Find, new { IdHash = IdHash.Of(id) }, cancellationToken) is [var row] ? row.ToAccount() : null;

    public async Task<Page<Account>> ListAsync(PageRequest request, CancellationToken cancellationToken)
    {
        var start = PageStart.Of(request);
        var rows = await database.QueryAsync<AccountRow>(AccountSql.Page(start.Ascending, dialect), start, cancellationToken);
        var page = request.ToPage(rows, row => new(Instant.OfUtc(row.CreatedAt), row.Sequence));
        return new([.. page.Items.Select(row => row.ToAccount())], page.Next, page.Previous);
    }

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
            Instant.OfUtc(CreatedAt),
            WireName<AccountType>.Parse(Type),
            Name is null ? null : StoredValue.Read<AccountName>(Name),
            DefaultAsset is null ? null : StoredValue.Read<Asset>(DefaultAsset),
            Domain.Metadata.FromJson(Metadata),
            new RawJson(Raw));
    }
}
