namespace Payments.Infrastructure.Connectors;

/// <summary>The statements on connectors.</summary>
internal static class ConnectorSql
{
    public const string Add =
        """
        INSERT INTO connectors (id_hash, provider, reference, name, name_key, installed_at)
        VALUES (@IdHash, @Provider, @Reference, @Name, @NameKey, @InstalledAt);
        """;

    public const string Exists = "SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @IdHash;";

    public const string Remove = "DELETE FROM connectors WHERE id_hash = @IdHash;";

    public const string List =
        """
        SELECT c.provider AS Provider, c.reference AS Reference, c.name AS Name, c.installed_at AS InstalledAt
        FROM connectors AS c
        ORDER BY c.sequence;
        """;
}
