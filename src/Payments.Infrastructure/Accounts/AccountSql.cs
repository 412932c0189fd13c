namespace Payments.Infrastructure.Accounts;

/// <summary>The statements on accounts, the same on both databases. The unique key <c>uq_accounts_id</c> decides every race.</summary>
internal static class AccountSql
{
    public const string Add =
        """
        INSERT INTO accounts (id_hash, connector, reference, type, name, default_asset, created_at, metadata, raw)
        SELECT @IdHash, c.sequence, @Reference, @Type, @Name, @DefaultAsset, @CreatedAt, @Metadata, @Raw
        FROM connectors AS c
        WHERE c.id_hash = @ConnectorHash;
        """;

    public const string Find =
        """
        SELECT
            a.type AS Type,
            a.name AS Name,
            a.default_asset AS DefaultAsset,
            a.created_at AS CreatedAt,
            a.metadata AS Metadata,
            a.raw AS Raw
        FROM accounts AS a
        WHERE a.id_hash = @IdHash;
        """;
}
