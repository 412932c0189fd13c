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

    public static string Find { get; } = Read("accounts AS a", "WHERE a.id_hash = @IdHash");

    /// <summary>The next <c>@Take</c> accounts behind a place, newest or oldest first; the database says how rows are limited.</summary>
    public static string Page(bool ascending, IDatabase database)
    {
        // Two seeks of the index: an OR of them would read every account of the same instant from its beginning.
        var (beyond, order) = ascending ? (">", "") : ("<", " DESC");
        var sameInstant = database.Take($"SELECT b.created_at, b.sequence FROM accounts AS b WHERE b.created_at = @At AND b.sequence {beyond} @Sequence ORDER BY b.sequence{order}");
        var otherInstants = database.Take($"SELECT b.created_at, b.sequence FROM accounts AS b WHERE b.created_at {beyond} @At ORDER BY b.created_at{order}, b.sequence{order}");
        var page = database.Take(
            $"""
            SELECT u.sequence
            FROM (SELECT s.created_at, s.sequence FROM ({sameInstant}) AS s UNION ALL SELECT o.created_at, o.sequence FROM ({otherInstants}) AS o) AS u
            ORDER BY u.created_at{order}, u.sequence{order}
            """);
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
