using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events;

namespace Payments.Infrastructure.Connectors;

internal sealed class ConnectorRepository(IDatabase database, EventWriter events) : IConnectorRepository
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
        var digest = RowDigests.OfConnector(connector.Id.ToString());
        digest.AddInstallation(connector.Name.Text, connector.InstalledAt.Utc);
        var change = new RecordedChange(EventKind.ConnectorInstalled, 0, null, [], digest);
        try
        {
            await events.WriteAsync(ConnectorSql.Add, parameters, change, cancellationToken);
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
            var removed = await events.WriteAsync(
                ConnectorSql.Remove,
                new { IdHash = IdHash.Of(id) },
                new(EventKind.ConnectorUninstalled, 1, null, [], RowDigests.OfConnector(id.ToString())),
                cancellationToken);
            return removed > 0 ? RemoveOutcome.Removed : RemoveOutcome.NotInstalled;
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
        $"""
        INSERT INTO connectors (id_hash, provider, reference, name, name_key, installed_at)
        VALUES (@IdHash, @Provider, @Reference, @Name, @NameKey, @InstalledAt);

        INSERT INTO events (connector, {EventColumns.Names})
        VALUES ((SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @IdHash), {EventColumns.Values});
        """;

    public const string Exists = "SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @IdHash;";

    // The foreign keys reject the DELETE if the connector has payments or accounts. Only a connector that was moved now has no second event.
    public const string Remove =
        $"""
        INSERT INTO uninstalled_connectors (sequence, id_hash, provider, reference, name, name_key, installed_at)
        SELECT c.sequence, c.id_hash, c.provider, c.reference, c.name, c.name_key, c.installed_at
        FROM connectors AS c
        WHERE c.id_hash = @IdHash;

        DELETE FROM connectors WHERE id_hash = @IdHash;

        INSERT INTO events (connector, {EventColumns.Names})
        SELECT u.sequence, {EventColumns.Values}
        FROM uninstalled_connectors AS u
        WHERE u.id_hash = @IdHash AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.connector = u.sequence AND e.revision = 1);
        """;

    public const string List =
        """
        SELECT c.provider AS Provider, c.reference AS Reference, c.name AS Name, c.installed_at AS InstalledAt
        FROM connectors AS c
        ORDER BY c.sequence;
        """;
}
