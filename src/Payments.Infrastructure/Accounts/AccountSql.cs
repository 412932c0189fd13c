using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Accounts;

/// <summary>The statements on accounts. The unique key <c>uq_accounts_id</c> decides every race.</summary>
internal static class AccountSql
{
    public const string Add =
        """
        INSERT INTO accounts (id_hash, connector, reference, type, name, default_asset, created_at, metadata, raw)
        SELECT @IdHash, c.sequence, @Reference, @Type, @Name, @DefaultAsset, @CreatedAt, @Metadata, @Raw
        FROM connectors AS c
        WHERE c.id_hash = @ConnectorHash;
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
