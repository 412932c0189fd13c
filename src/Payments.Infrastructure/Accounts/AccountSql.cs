using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

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

    private static readonly Seek ByTime = new(null, 0, From: "accounts AS b", CreatedAt: "b.created_at", Sequence: "b.sequence");

    public static string Find { get; } = Read("accounts AS a", "WHERE a.id_hash = @IdHash");

    /// <summary>The next <c>@Take</c> accounts behind a place, newest or oldest first; the database says how rows are limited.</summary>
    public static string Page(bool ascending, ISqlDialect dialect)
    {
        var order = Seek.Direction(ascending).Order;
        var page = Seek.Page(ByTime.Behind(ascending, dialect), "UNION ALL", ascending, dialect);
        return Read(
            $"({page}) AS page INNER JOIN accounts AS a ON a.sequence = page.sequence",
            $"ORDER BY a.created_at{order}, a.sequence{order}");
    }

    private static string Read(string accounts, string rest) =>
        $"""
        SELECT
            a.sequence AS Sequence,
            c.provider AS Provider,
            c.reference AS ConnectorReference,
            a.reference AS Reference,
            a.type AS Type,
            a.name AS Name,
            a.default_asset AS DefaultAsset,
            a.created_at AS CreatedAt,
            a.metadata AS Metadata,
            a.raw AS Raw
        FROM {accounts}
        INNER JOIN connectors AS c ON c.sequence = a.connector
        {rest};
        """;
}
