using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Secrets;

namespace Payments.Infrastructure.Connectors;

internal sealed class ConnectorRepository(IDatabase database, EventWriter events, SecretKeys keys) : IConnectorRepository, IConnectorSettings
{
    /// <summary>The purpose of the secrets.</summary>
    private const string Purpose = "connector";

    private const int MaxAttempts = 20;

    public async Task<bool> AddAsync(Connector connector, string? settings, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            IdHash = IdHash.Of(connector.Id),
            Provider = connector.Id.Provider.Id,
            Reference = connector.Id.Reference.ToString(),
            Name = connector.Name.Text,
            NameKey = connector.Name.Key,
            InstalledAt = connector.InstalledAt.Utc,
            Id = $"{connector.Id}",
            Settings = settings is null ? null : Encrypt(connector.Id, settings),
        };
        var digest = RowDigests.OfConnector(connector.Id.ToString());
        digest.AddInstallation(connector.Name.Text, connector.InstalledAt.Utc);
        var change = new RecordedChange(EventKind.ConnectorInstalled, 0, null, [], digest);
        try
        {
            await events.WriteAsync(settings is null ? ConnectorSql.Add : ConnectorSql.AddWithSettings, parameters, change, cancellationToken);
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
                new { IdHash = IdHash.Of(id), Id = $"{id}" },
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

    public async Task<Connector?> FindAsync(ConnectorId id, CancellationToken cancellationToken) =>
        (await database.QueryAsync<ConnectorRow>(ConnectorSql.Find, new { IdHash = IdHash.Of(id) }, cancellationToken)).SingleOrDefault()?.ToConnector();

    public async Task<IReadOnlyList<Connector>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await database.QueryAsync<ConnectorRow>(ConnectorSql.List, null, cancellationToken)).Select(row => row.ToConnector())];

    public async Task<(bool IsInstalled, string? Settings)> FindSettingsAsync(ConnectorId id, CancellationToken cancellationToken)
    {
        var (isInstalled, encrypted) = await FindEncryptedAsync(id, cancellationToken);
        return (isInstalled, encrypted is null ? null : Decrypt(id, encrypted));
    }

    public async Task ChangeSettingsAsync(ConnectorId id, Func<string?, string> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var (isInstalled, old) = await FindEncryptedAsync(id, cancellationToken);
            if (!isInstalled)
            {
                throw new NotFoundException("The provider has no connector with this id.");
            }

            var parameters = new { IdHash = IdHash.Of(id), Id = $"{id}", Old = old, New = Encrypt(id, change(old is null ? null : Decrypt(id, old))) };
            try
            {
                if (await database.WriteAsync(old is null ? ConnectorSql.AddSettings : ConnectorSql.ReplaceSettings, parameters, cancellationToken) > 0)
                {
                    return;
                }
            }
            catch (DuplicateKeyException)
            {
                // Another change was first.
            }
        }

        throw new UnavailableException("The settings of the connector are changed too often.");
    }

    public async Task<IReadOnlyList<Connector>> ListConfiguredAsync(CancellationToken cancellationToken)
    {
        var configured = (await database.QueryAsync<SettingsRow>(ConnectorSql.ListSettings, null, cancellationToken)).Select(row => row.Id).ToHashSet();
        return [.. (await ListAsync(cancellationToken)).Where(connector => configured.Contains($"{connector.Id}"))];
    }

    public async Task<IReadOnlyDictionary<ConnectorId, string>> ListSettingsAsync(CancellationToken cancellationToken) =>
        (await database.QueryAsync<SettingsRow>(ConnectorSql.ListSettings, null, cancellationToken))
            .Select(row => (Id: StoredValue.Read<ConnectorId>(row.Id), row.Value))
            .ToDictionary(row => row.Id, row => Decrypt(row.Id, row.Value));

    private async Task<(bool IsInstalled, string? Encrypted)> FindEncryptedAsync(ConnectorId id, CancellationToken cancellationToken) =>
        await database.QueryAsync<string?>(ConnectorSql.FindSettings, new { IdHash = IdHash.Of(id), Id = $"{id}" }, cancellationToken) is [var found] ? (true, found) : (false, null);

    private string Encrypt(ConnectorId id, string settings) => keys.Encrypt(Purpose, $"{id}", Encoding.UTF8.GetBytes(settings));

    private string Decrypt(ConnectorId id, string encrypted) => Encoding.UTF8.GetString(keys.Decrypt(Purpose, $"{id}", encrypted));

    private sealed class SettingsRow
    {
        public required string Id { get; init; }
        public required string Value { get; init; }
    }
}

/// <summary>A row of <see cref="ConnectorSql.List"/>.</summary>
internal sealed class ConnectorRow
{
    public required long Sequence { get; init; }
    public required string Provider { get; init; }
    public required string Reference { get; init; }
    public required string Name { get; init; }
    public required DateTime InstalledAt { get; init; }

    public Connector ToConnector() =>
        new(ConnectorId.Restore(Provider, Reference), StoredValue.Read<ConnectorName>(Name), Instant.OfUtc(InstalledAt));
}

internal static class ConnectorSql
{
    private const string Row =
        """
        SELECT c.sequence AS Sequence, c.provider AS Provider, c.reference AS Reference, c.name AS Name, c.installed_at AS InstalledAt
        FROM connectors AS c
        """;

    // The settings of an uninstalled connector with this id can be left over: on SQL Server, they can change while the connector is uninstalled.
    private const string AddRow =
        """
        INSERT INTO connectors (id_hash, provider, reference, name, name_key, installed_at)
        VALUES (@IdHash, @Provider, @Reference, @Name, @NameKey, @InstalledAt);

        DELETE FROM secrets WHERE purpose = 'connector' AND row_id = @Id;

        """;

    private const string AddEvent =
        $"""
        INSERT INTO events (connector, {EventColumns.Names})
        VALUES ((SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @IdHash), {EventColumns.Values});
        """;

    public const string Add = AddRow + AddEvent;

    public const string AddWithSettings = AddRow + "INSERT INTO secrets (purpose, row_id, number, value) VALUES ('connector', @Id, 1, @Settings);\n\n" + AddEvent;

    public const string FindSettings =
        """
        SELECT s.value
        FROM connectors AS c
        LEFT JOIN secrets AS s ON s.purpose = 'connector' AND s.row_id = @Id AND s.number = 1
        WHERE c.id_hash = @IdHash;
        """;

    public const string AddSettings =
        """
        INSERT INTO secrets (purpose, row_id, number, value)
        SELECT 'connector', @Id, 1, @New
        FROM connectors AS c
        WHERE c.id_hash = @IdHash;
        """;

    public const string ReplaceSettings = "UPDATE secrets SET value = @New WHERE purpose = 'connector' AND row_id = @Id AND number = 1 AND value = @Old;";

    public const string ListSettings = "SELECT s.row_id AS Id, s.value AS Value FROM secrets AS s WHERE s.purpose = 'connector' AND s.number = 1;";

    public const string Exists = "SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @IdHash;";

    public const string Find = $"{Row} WHERE c.id_hash = @IdHash;";

    // The foreign keys reject the DELETE if the connector has payments or accounts. Only a connector that was moved now has no second event.
    public const string Remove =
        $"""
        INSERT INTO uninstalled_connectors (sequence, id_hash, provider, reference, name, name_key, installed_at)
        SELECT c.sequence, c.id_hash, c.provider, c.reference, c.name, c.name_key, c.installed_at
        FROM connectors AS c
        WHERE c.id_hash = @IdHash;

        DELETE FROM connectors WHERE id_hash = @IdHash;
        DELETE FROM secrets WHERE purpose = 'connector' AND row_id = @Id;

        INSERT INTO events (connector, {EventColumns.Names})
        SELECT u.sequence, {EventColumns.Values}
        FROM uninstalled_connectors AS u
        WHERE u.id_hash = @IdHash AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.connector = u.sequence AND e.revision = 1);
        """;

    public const string List = $"{Row} ORDER BY c.sequence;";
}
