using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Connectors;

internal sealed class ConnectorRepository(IDatabase database) : IConnectorRepository
{
    public async Task<bool> AddAsync(Connector connector, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            IdHash = IdHash.Of(connector.Id),
            Provider = connector.Id.Provider.Id,
            Reference = connector.Id.Reference.ToString(),
            Name = connector.Name.Text,
            NameKey = connector.Name.Key,
            InstalledAt = connector.InstalledAt.Utc,
        };
        try
        {
            await database.WriteAsync(ConnectorSql.Add, parameters, cancellationToken);
            return true;
        }
        catch (DuplicateKeyException)
        {
            return false;
        }
    }

    public async Task<RemoveOutcome> RemoveAsync(ConnectorId id, CancellationToken cancellationToken)
    {
        try
        {
            var removed = await database.WriteAsync(ConnectorSql.Remove, new { IdHash = IdHash.Of(id) }, cancellationToken);
            return removed == 1 ? RemoveOutcome.Removed : RemoveOutcome.NotInstalled;
        }
        catch (ForeignKeyException)
        {
            return RemoveOutcome.InUse;
        }
    }

    public async Task<bool> ExistsAsync(ConnectorId id, CancellationToken cancellationToken) =>
        (await database.QueryAsync<long>(ConnectorSql.Exists, new { IdHash = IdHash.Of(id) }, cancellationToken)).Count == 1;

    public async Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await database.QueryAsync<ConnectorRow>(ConnectorSql.List, null, cancellationToken)).Select(row => row.ToConnector())];

    private sealed class ConnectorRow
    {
        public required string Provider { get; init; }
        public required string Reference { get; init; }
        public required string Name { get; init; }
        public required DateTime InstalledAt { get; init; }

        public Connector ToConnector() =>
            new(ConnectorId.Restore(Provider, Reference), StoredValue.Read<ConnectorName>(Name), Instant.OfUtc(InstalledAt));
    }
}

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
