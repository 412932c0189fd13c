using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Payments.Application.Events;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Secrets;

namespace Payments.Infrastructure.Webhooks;

internal sealed class WebhookRepository(
    IDatabase database, ISqlDialect dialect, EventWriter events, SecretKeys keys, IOptions<WebhookOptions> options, TimeProvider clock) : IWebhookRepository
{
    /// <summary>The purpose of the secrets.</summary>
    public const string Purpose = "webhook";

    private const int MaxAttempts = 20;

    public async Task<bool> AddAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            var (settings, id) = (endpoint.Settings, $"{endpoint.Id}");
            var parameters = new
            {
                Id = id,
                Url = settings.Url.Text,
                Kinds = (int)settings.Kinds,
                Description = settings.Description?.Text,
                IsOrdered = settings.IsOrdered ? 1 : 0,
                SecretLastFour = endpoint.Secrets.LastFour,
                State = WireName<WebhookState>.Of(endpoint.State),
                CreatedAt = endpoint.CreatedAt.Utc,
                Secret = Encrypt(id, endpoint.Secrets.Current),
                options.Value.MaxEndpoints,
            };
            var digest = RowDigests.OfWebhook(endpoint.Id);
            digest.AddWebhook(
                parameters.Url, settings.Types, parameters.Description ?? "", settings.IsOrdered, parameters.SecretLastFour, parameters.State, null, parameters.CreatedAt);
            return await events.WriteAsync(WebhookSql.Add, parameters, new(EventKind.WebhookCreated, 0, null, [], digest), cancellationToken) > 0;
        }
        catch (DuplicateKeyException)
        {
            // Only on SQL Server: the connection broke after the commit, so an earlier attempt of this call stored it. The id is new.
            return true;
        }
    }

    public async Task<WebhookEndpoint?> FindAsync(WebhookId id, CancellationToken cancellationToken) =>
        await database.QueryAsync<WebhookRow>(WebhookSql.Find, new { Id = $"{id}" }, cancellationToken) is [var row] ? row.ToEndpoint(keys) : null;

    public async Task<Page<WebhookEndpoint>> ListAsync(PageRequest request, CancellationToken cancellationToken)
    {
        var start = PageStart.Of(request);
        var rows = await database.QueryAsync<WebhookRow>(WebhookSql.Page(start.Ascending, dialect), start, cancellationToken);
        var page = request.ToPage(rows, row => new(Instant.OfUtc(row.CreatedAt), row.Sequence));
        return new([.. page.Items.Select(row => row.ToEndpoint(keys))], page.Next, page.Previous);
    }

    public async Task<WebhookEndpoint> ChangeAsync(WebhookId id, Func<WebhookEndpoint, WebhookEndpoint?> change, CancellationToken cancellationToken)
    {
        WebhookEndpoint? written = null;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var stored = await GetAsync(id, cancellationToken);
            if (written is not null && IsSame(stored, written))
            {
                return stored; // only on SQL Server: the response of the write was lost
            }

            if (change(stored) is not { } changed)
            {
                return stored;
            }

            written = changed with { Revision = stored.Revision + 1 };
            if (await SaveAsync(stored, written, cancellationToken))
            {
                return written;
            }
        }

        throw new UnavailableException("The webhook endpoint is changed too often.");
    }

    public async Task DeleteAsync(WebhookId id, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var stored = await GetAsync(id, cancellationToken);
            var revision = stored.Revision + 1;
            var parameters = new { Id = $"{id}", StoredRevision = stored.Revision, Revision = revision, DeletedAt = clock.GetUtcNow().UtcDateTime, Purpose };
            if (await WriteAsync(WebhookSql.Delete, parameters, new(EventKind.WebhookDeleted, revision, null, [], RowDigests.OfWebhook(id)), cancellationToken))
            {
                return;
            }
        }

        throw new UnavailableException("The webhook endpoint is changed too often.");
    }

    private async Task<WebhookEndpoint> GetAsync(WebhookId id, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) ?? throw new NotFoundException("No webhook endpoint has this id.");

    private Task<bool> SaveAsync(WebhookEndpoint stored, WebhookEndpoint changed, CancellationToken cancellationToken)
    {
        var (settings, secrets, id) = (changed.Settings, changed.Secrets, $"{changed.Id}");
        var hasNewSecret = secrets != stored.Secrets;
        var parameters = new
        {
            Id = id,
            StoredRevision = stored.Revision,
            changed.Revision,
            Url = settings.Url.Text,
            Kinds = (int)settings.Kinds,
            Description = settings.Description?.Text,
            IsOrdered = settings.IsOrdered ? 1 : 0,
            SecretLastFour = secrets.LastFour,
            State = WireName<WebhookState>.Of(changed.State),
            DisabledReason = changed.DisabledReason is { } reason ? WireName<DisabledReason>.Of(reason) : null,
            Purpose,
            Secret = hasNewSecret ? Encrypt(id, secrets.Current) : null,
            PreviousSecret = hasNewSecret ? Encrypt(id, secrets.Previous!) : null,
            PreviousSecretExpiresAt = secrets.PreviousExpiresAt?.Utc,
            IsResumed = changed.State == WebhookState.Enabled && stored.State != WebhookState.Enabled ? 1 : 0,
            Now = clock.GetUtcNow().UtcDateTime,
        };
        var kind = changed.State == WebhookState.Disabled && stored.State != WebhookState.Disabled ? EventKind.WebhookDisabled : EventKind.WebhookUpdated;
        return WriteAsync(
            hasNewSecret ? WebhookSql.UpdateWithSecrets : WebhookSql.Update, parameters,
            new(kind, changed.Revision, null, Changes(stored, changed), RowDigests.OfWebhook(changed.Id)), cancellationToken);
    }

    private async Task<bool> WriteAsync(string statements, object parameters, RecordedChange change, CancellationToken cancellationToken)
    {
        try
        {
            return await events.WriteAsync(statements, parameters, change, cancellationToken) > 0;
        }
        catch (DuplicateKeyException)
        {
            return false; // another change has this revision
        }
    }

    private static FieldChanges Changes(WebhookEndpoint stored, WebhookEndpoint changed)
    {
        var changes = new FieldChanges();
        changes.Compare("url", stored.Settings.Url.Text, changed.Settings.Url.Text);
        changes.Compare("types", Types(stored), Types(changed));
        changes.Compare("description", stored.Settings.Description?.Text ?? "", changed.Settings.Description?.Text ?? "");
        changes.Compare("ordered", stored.Settings.IsOrdered, changed.Settings.IsOrdered);
        changes.Compare("secretLastFour", stored.Secrets.LastFour, changed.Secrets.LastFour);
        changes.Compare("state", WireName<WebhookState>.Of(stored.State), WireName<WebhookState>.Of(changed.State));
        changes.Compare("disabledReason", Name(stored.DisabledReason), Name(changed.DisabledReason));
        return changes;

        static JsonArray Types(WebhookEndpoint endpoint) => [.. endpoint.Settings.Types.Select(type => JsonValue.Create(type))];

        static JsonNode? Name(DisabledReason? reason) => reason is { } value ? WireName<DisabledReason>.Of(value) : null;
    }

    private static bool IsSame(WebhookEndpoint stored, WebhookEndpoint written) =>
        stored.Revision == written.Revision && stored.Settings == written.Settings && stored.State == written.State
        && stored.Secrets.Current.Text == written.Secrets.Current.Text;

    private string Encrypt(string id, WebhookSecret secret) => keys.Encrypt(Purpose, id, secret.Key);
}

/// <summary>The statements on webhook endpoints. The unique key of an event's revision decides every race.</summary>
internal static class WebhookSql
{
    public const string Add =
        $"""
        INSERT INTO webhooks (id, url, kinds, description, is_ordered, secret_last_four, state, created_at, revision)
        SELECT @Id, @Url, @Kinds, @Description, @IsOrdered, @SecretLastFour, @State, @CreatedAt, 0
        WHERE (SELECT COUNT(*) FROM webhooks AS w WHERE w.deleted_at IS NULL) < @MaxEndpoints;

        INSERT INTO secrets (purpose, row_id, number, value)
        SELECT 'webhook', w.id, 1, @Secret
        FROM webhooks AS w
        WHERE w.id = @Id;

        INSERT INTO webhook_cursors (webhook, position)
        SELECT w.sequence, (SELECT COALESCE(MAX(e.position), 0) FROM events AS e)
        FROM webhooks AS w
        WHERE w.id = @Id;

        INSERT INTO events (webhook, {EventColumns.Names})
        SELECT w.sequence, {EventColumns.Values}
        FROM webhooks AS w
        WHERE w.id = @Id;
        """;

    public const string Find = $"SELECT {WebhookColumns.Names} FROM webhooks AS w {WebhookColumns.Secrets} WHERE w.id = @Id AND w.deleted_at IS NULL;";

    public const string Update = $"{UpdateRow}{AddUpdateEvent}";

    public const string UpdateWithSecrets =
        $"""
        {UpdateRow}
        DELETE FROM secrets WHERE purpose = @Purpose AND row_id = @Id;

        INSERT INTO secrets (purpose, row_id, number, value, expires_at)
        VALUES (@Purpose, @Id, 1, @Secret, NULL), (@Purpose, @Id, 2, @PreviousSecret, @PreviousSecretExpiresAt);

        {AddUpdateEvent}
        """;

    // The row stays, because events refer to it.
    public const string Delete =
        $"""
        UPDATE webhooks SET deleted_at = @DeletedAt, revision = @Revision WHERE id = @Id AND revision = @StoredRevision AND deleted_at IS NULL;

        DELETE FROM webhook_attempts WHERE webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id AND w.deleted_at IS NOT NULL);
        DELETE FROM webhook_deliveries WHERE webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id AND w.deleted_at IS NOT NULL);
        DELETE FROM webhook_cursors WHERE webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id AND w.deleted_at IS NOT NULL);
        DELETE FROM secrets WHERE purpose = @Purpose AND row_id = (SELECT w.id FROM webhooks AS w WHERE w.id = @Id AND w.deleted_at IS NOT NULL);

        INSERT INTO events (webhook, {EventColumns.Names})
        SELECT w.sequence, {EventColumns.Values}
        FROM webhooks AS w
        WHERE w.id = @Id AND w.revision = @Revision AND w.deleted_at IS NOT NULL;
        """;

    // A resumed endpoint begins anew: failures before do not disable it, and pending retries are due.
    private const string UpdateRow =
        """
        UPDATE webhooks
        SET url = @Url, kinds = @Kinds, description = @Description, is_ordered = @IsOrdered, secret_last_four = @SecretLastFour, state = @State,
            disabled_reason = @DisabledReason, revision = @Revision
        WHERE id = @Id AND revision = @StoredRevision AND deleted_at IS NULL;

        UPDATE webhook_cursors SET failing_since = NULL
        WHERE @IsResumed = 1 AND webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id AND w.revision = @Revision);

        UPDATE webhook_deliveries SET next_attempt_at = @Now
        WHERE @IsResumed = 1 AND state = 'pending' AND webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id AND w.revision = @Revision);

        """;

    // If another change came first, the row has another revision or the event's key is taken. The key rolls everything back.
    private const string AddUpdateEvent =
        $"""

        INSERT INTO events (webhook, {EventColumns.Names})
        VALUES ((SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id), {EventColumns.Values});
        """;

    /// <summary>Reads the next <c>@Take</c> endpoints after a position.</summary>
    public static string Page(bool ascending, ISqlDialect dialect)
    {
        var order = PageStart.Direction(ascending).Order;
        return
            $"""
            SELECT {WebhookColumns.Names}
            FROM ({dialect.Page("webhooks", ascending, "q.deleted_at IS NULL")}) AS page
            INNER JOIN webhooks AS w ON w.sequence = page.sequence
            {WebhookColumns.Secrets}
            ORDER BY w.created_at{order}, w.sequence{order};
            """;
    }
}

/// <summary>The columns of <see cref="WebhookRow"/> and the joins that they need.</summary>
internal static class WebhookColumns
{
    public const string Names =
        """
            w.sequence AS Sequence, w.id AS Id, w.url AS Url, w.kinds AS Kinds, w.description AS Description, w.is_ordered AS IsOrdered, w.state AS State, w.secret_last_four AS SecretLastFour,
            w.disabled_reason AS DisabledReason, w.created_at AS CreatedAt, w.revision AS Revision, s.value AS Secret, p.value AS PreviousSecret,
            p.expires_at AS PreviousSecretExpiresAt
        """;

    public const string Secrets =
        """
        LEFT JOIN secrets AS s ON s.purpose = 'webhook' AND s.row_id = w.id AND s.number = 1
        LEFT JOIN secrets AS p ON p.purpose = 'webhook' AND p.row_id = w.id AND p.number = 2
        """;
}
