using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Accounts;

internal sealed class AccountRepository(IDatabase database, ISqlDialect dialect, EventWriter events) : IAccountRepository
{
    public Task<bool> AddAsync(Account account, CancellationToken cancellationToken) => events.AddAsync(
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
        new(
            EventKind.AccountCreated,
            0,
            null,
            [],
            RowDigests.OfAccount(
                account.ConnectorId.ToString(),
                account.Reference.Text,
                WireName<AccountType>.Of(account.Type),
                account.Name?.Text,
                account.DefaultAsset?.Code,
                account.CreatedAt.Utc,
                account.Metadata.Entries,
                account.Raw.Text)),
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
            new AccountId(ConnectorId.Restore(Provider, ConnectorReference), StoredValue.Read<AccountReference>(Reference)),
            Instant.OfUtc(CreatedAt),
            WireName<AccountType>.Parse(Type),
            Name is null ? null : StoredValue.Read<AccountName>(Name),
            DefaultAsset is null ? null : StoredValue.Read<Asset>(DefaultAsset),
            Domain.Metadata.FromJson(Metadata),
            new RawJson(Raw));
    }
}

/// <summary>The statements on accounts. The unique key <c>uq_accounts_id</c> decides every race.</summary>
internal static class AccountSql
{
    public const string Add =
        $"""
        INSERT INTO accounts (id_hash, connector, reference, type, name, default_asset, created_at, metadata, raw)
        SELECT @IdHash, c.sequence, @Reference, @Type, @Name, @DefaultAsset, @CreatedAt, @Metadata, @Raw
        FROM connectors AS c
        WHERE c.id_hash = @ConnectorHash;

        INSERT INTO events (account, {EventColumns.Names})
        SELECT a.sequence, {EventColumns.Values}
        FROM accounts AS a
        WHERE a.id_hash = @IdHash;
        """;

    public static string Find { get; } = Read("accounts AS a", "WHERE a.id_hash = @IdHash");

    /// <summary>Reads the next <c>@Take</c> accounts after a position.</summary>
    public static string Page(bool ascending, ISqlDialect dialect)
    {
        var order = PageStart.Direction(ascending).Order;
        return Read(
            $"({dialect.Page("accounts", ascending)}) AS page INNER JOIN accounts AS a ON a.sequence = page.sequence",
            $"ORDER BY a.created_at{order}, a.sequence{order}");
    }

    private static string Read(string accounts, string rest) =>
        $"""
        SELECT
            a.sequence AS Sequence, c.provider AS Provider, c.reference AS ConnectorReference, a.reference AS Reference, a.type AS Type, a.name AS Name,
            a.default_asset AS DefaultAsset, a.created_at AS CreatedAt, a.metadata AS Metadata, a.raw AS Raw
        FROM {accounts}
        INNER JOIN connectors AS c ON c.sequence = a.connector
        {rest};
        """;
}
