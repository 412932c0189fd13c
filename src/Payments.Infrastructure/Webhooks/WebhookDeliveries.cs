using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Secrets;

namespace Payments.Infrastructure.Webhooks;

internal sealed class WebhookDeliveries(IDatabase database, ISqlDialect dialect, SecretKeys keys) : IWebhookDeliveries
{
    private const int MaxErrorLength = 2000;

    public async Task<IReadOnlyList<WebhookTarget>> ListTargetsAsync(CancellationToken cancellationToken) =>
        [.. (await database.QueryAsync<TargetRow>(DeliverySql.ListTargets, null, cancellationToken)).Select(row => new WebhookTarget(
            row.ToEndpoint(keys), row.Position, row.Owner, Time(row.OwnedUntil), Time(row.FailingSince), Time(row.NextAttemptAt)))];

    public async Task<IReadOnlyDictionary<WebhookId, WebhookProgress>> ListProgressAsync(WebhookId? id, CancellationToken cancellationToken) =>
        (await database.QueryAsync<ProgressRow>(DeliverySql.ListProgress(dialect), new { Id = id?.ToString(), Take = WebhookProgress.MaxCount }, cancellationToken)).ToDictionary(
            row => StoredValue.Read<WebhookId>(row.Id), row => new WebhookProgress(row.Position, Time(row.FailingSince), row.Pending, row.Failed));

    public Task ClaimAsync(string owner, Instant now, Instant until, CancellationToken cancellationToken) =>
        database.WriteAsync(DeliverySql.Claim, new { Owner = owner, Now = now.Utc, Until = until.Utc }, cancellationToken);

    public Task ReleaseAsync(WebhookId id, string owner, CancellationToken cancellationToken) =>
        database.WriteAsync(DeliverySql.Release, new { Id = $"{id}", Owner = owner }, cancellationToken);

    public async Task<bool> SaveAsync(WebhookId id, string owner, long position, Instant? failingSince, CancellationToken cancellationToken) =>
        await database.WriteAsync(DeliverySql.Save, new { Id = $"{id}", Owner = owner, Position = position, FailingSince = failingSince?.Utc }, cancellationToken) > 0;

    public async Task<bool> RecordAsync(WebhookId id, string owner, WebhookDelivery delivery, WebhookAttempt attempt, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            Id = $"{id}",
            Owner = owner,
            delivery.Position,
            State = WireName<DeliveryState>.Of(delivery.State),
            delivery.FailureCount,
            NextAttemptAt = delivery.NextAttemptAt?.Utc,
            UpdatedAt = delivery.UpdatedAt.Utc,
            ReadAt = delivery.ReadAt?.Utc,
            IsDelivered = delivery.State == DeliveryState.Delivered ? 1 : 0,
            At = attempt.At.Utc,
            DurationMs = (int)attempt.Duration.TotalMilliseconds,
            attempt.Status,
            Error = attempt.Error is { Length: > MaxErrorLength } error ? error[..MaxErrorLength] : attempt.Error,
            attempt.Response,
        };
        try
        {
            return await database.WriteAsync(DeliverySql.Record, parameters, cancellationToken) > 0;
        }
        catch (DuplicateKeyException)
        {
            return true; // only on SQL Server: the response of the write was lost
        }
    }

    public async Task<IReadOnlyList<WebhookDelivery>> ListDueAsync(WebhookId id, Instant now, int count, CancellationToken cancellationToken) =>
        [.. (await database.QueryAsync<DeliveryRow>(DeliverySql.ListDue(dialect), new { Id = $"{id}", Now = now.Utc, Take = count }, cancellationToken)).Select(row => row.ToDelivery())];

    public async Task<WebhookDelivery?> FindFirstPendingAsync(WebhookId id, CancellationToken cancellationToken) =>
        await database.QueryAsync<DeliveryRow>(DeliverySql.FindFirstPending(dialect), new { Id = $"{id}", Take = 1 }, cancellationToken) is [var row] ? row.ToDelivery() : null;

    public async Task<Page<WebhookDelivery>> ListAsync(WebhookId id, DeliveryState? state, PageRequest request, CancellationToken cancellationToken)
    {
        var start = PageStart.Of(request);
        var name = state is { } value ? WireName<DeliveryState>.Of(value) : null;
        var rows = await database.QueryAsync<DeliveryRow>(
            DeliverySql.Page(start.Ascending, state is not null, dialect), new { Id = $"{id}", State = name, start.Sequence, start.Take }, cancellationToken);
        var page = request.ToPage(rows, row => new(Instant.OfUtc(row.UpdatedAt), row.Position));
        if (page.Items.Count == 0)
        {
            return new([], page.Next, page.Previous);
        }

        var positions = page.Items.Select(row => row.Position).ToList();
        var attempts = (await database.QueryAsync<AttemptRow>(DeliverySql.ListAttempts, new { Id = $"{id}", State = name, First = positions.Min(), Last = positions.Max() }, cancellationToken))
            .ToLookup(row => row.Position);
        return new([.. page.Items.Select(row => row.ToDelivery() with { Attempts = [.. attempts[row.Position].Select(attempt => attempt.ToAttempt())] })], page.Next, page.Previous);
    }

    public async Task<IReadOnlyList<PaymentDelivery>> ListAsync(PaymentId payment, int count, CancellationToken cancellationToken) =>
        [.. (await database.QueryAsync<PaymentDeliveryRow>(DeliverySql.ListOfPayment(dialect), new { IdHash = IdHash.Of(payment), Take = count }, cancellationToken))
            .Select(row => new PaymentDelivery(StoredValue.Read<WebhookId>(row.WebhookId), StoredValue.Read<WebhookUrl>(row.Url), row.ToDelivery()))];

    public Task ResendAsync(WebhookId id, long position, Instant now, CancellationToken cancellationToken) =>
        database.WriteAsync(DeliverySql.Resend, new { Id = $"{id}", Position = position, Now = now.Utc }, cancellationToken);

    public Task<int> RecoverAsync(WebhookId id, Instant since, Instant now, CancellationToken cancellationToken) =>
        database.WriteAsync(DeliverySql.Recover, new { Id = $"{id}", Since = since.Utc, Now = now.Utc }, cancellationToken);

    public Task DeleteOldAsync(Instant now, CancellationToken cancellationToken) =>
        database.WriteAsync(DeliverySql.DeleteOld, new { Now = now.Utc, Before = now.Utc - WebhookDelivery.AttemptRetention }, cancellationToken);

    private static Instant? Time(DateTime? utc) => utc is { } value ? Instant.OfUtc(value) : null;

    private sealed class TargetRow : WebhookRow
    {
        public required long Position { get; init; }
        public string? Owner { get; init; }
        public DateTime? OwnedUntil { get; init; }
        public DateTime? FailingSince { get; init; }
        public DateTime? NextAttemptAt { get; init; }
    }

    private sealed class ProgressRow
    {
        public required string Id { get; init; }
        public required long Position { get; init; }
        public DateTime? FailingSince { get; init; }
        public required int Pending { get; init; }
        public required int Failed { get; init; }
    }

    private class DeliveryRow
    {
        public required long Position { get; init; }
        public required string State { get; init; }
        public required int AttemptCount { get; init; }
        public required int FailureCount { get; init; }
        public DateTime? NextAttemptAt { get; init; }
        public required DateTime UpdatedAt { get; init; }

        public WebhookDelivery ToDelivery() =>
            new(Position, WireName<DeliveryState>.Parse(State), AttemptCount, FailureCount, Time(NextAttemptAt), Instant.OfUtc(UpdatedAt));
    }

    private sealed class PaymentDeliveryRow : DeliveryRow
    {
        public required string WebhookId { get; init; }
        public required string Url { get; init; }
    }

    private sealed class AttemptRow
    {
        public required long Position { get; init; }
        public required DateTime At { get; init; }
        public required int DurationMs { get; init; }
        public int? Status { get; init; }
        public string? Error { get; init; }
        public string? Response { get; init; }

        public WebhookAttempt ToAttempt() => new(Instant.OfUtc(At), TimeSpan.FromMilliseconds(DurationMs), Status, Error, Response);
    }
}

/// <summary>The statements on deliveries. Each write depends on the owner, so that an instance that lost an endpoint changes nothing.</summary>
internal static class DeliverySql
{
    public const string ListTargets =
        $"""
        SELECT
            {WebhookColumns.Names}, c.position AS Position, c.owner AS Owner, c.owned_until AS OwnedUntil, c.failing_since AS FailingSince,
            (SELECT MIN(d.next_attempt_at) FROM webhook_deliveries AS d WHERE d.webhook = w.sequence AND d.next_attempt_at IS NOT NULL) AS NextAttemptAt
        FROM webhooks AS w
        INNER JOIN webhook_cursors AS c ON c.webhook = w.sequence
        {WebhookColumns.Secrets}
        WHERE w.state = 'enabled' AND w.deleted_at IS NULL;
        """;

    public const string Claim =
        """
        UPDATE webhook_cursors
        SET owner = @Owner, owned_until = @Until
        WHERE (owner = @Owner OR owned_until IS NULL OR owned_until <= @Now)
            AND webhook IN (SELECT w.sequence FROM webhooks AS w WHERE w.state = 'enabled' AND w.deleted_at IS NULL);
        """;

    public const string Release =
        """
        UPDATE webhook_cursors
        SET owner = NULL, owned_until = NULL
        WHERE owner = @Owner AND webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id);
        """;

    public const string Save =
        """
        UPDATE webhook_cursors
        SET position = @Position, failing_since = @FailingSince
        WHERE owner = @Owner AND webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id);
        """;

    // If a caller requested the delivery while its attempt ran, a failed attempt must not replace the request.
    public const string Record =
        """
        UPDATE webhook_deliveries
        SET attempt_count = attempt_count + 1
        WHERE position = @Position AND @ReadAt IS NOT NULL AND updated_at <> @ReadAt AND @IsDelivered = 0
            AND webhook = (SELECT c.webhook FROM webhook_cursors AS c INNER JOIN webhooks AS w ON w.sequence = c.webhook WHERE w.id = @Id AND c.owner = @Owner);

        UPDATE webhook_deliveries
        SET state = @State, attempt_count = attempt_count + 1, failure_count = @FailureCount, next_attempt_at = @NextAttemptAt, updated_at = @UpdatedAt
        WHERE position = @Position AND (@ReadAt IS NULL OR updated_at = @ReadAt OR @IsDelivered = 1)
            AND webhook = (SELECT c.webhook FROM webhook_cursors AS c INNER JOIN webhooks AS w ON w.sequence = c.webhook WHERE w.id = @Id AND c.owner = @Owner);

        INSERT INTO webhook_deliveries (webhook, position, state, attempt_count, failure_count, next_attempt_at, updated_at)
        SELECT c.webhook, @Position, @State, 1, @FailureCount, @NextAttemptAt, @UpdatedAt
        FROM webhook_cursors AS c
        INNER JOIN webhooks AS w ON w.sequence = c.webhook
        WHERE w.id = @Id AND c.owner = @Owner
            AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS d WHERE d.webhook = c.webhook AND d.position = @Position);

        INSERT INTO webhook_attempts (webhook, position, at, duration_ms, status, error, response)
        SELECT d.webhook, d.position, @At, @DurationMs, @Status, @Error, @Response
        FROM webhook_deliveries AS d
        INNER JOIN webhook_cursors AS c ON c.webhook = d.webhook
        INNER JOIN webhooks AS w ON w.sequence = c.webhook
        WHERE w.id = @Id AND c.owner = @Owner AND d.position = @Position;
        """;

    public const string ListAttempts =
        """
        SELECT a.position AS Position, a.at AS At, a.duration_ms AS DurationMs, a.status AS Status, a.error AS Error, a.response AS Response
        FROM webhook_attempts AS a
        INNER JOIN webhooks AS w ON w.sequence = a.webhook
        INNER JOIN webhook_deliveries AS d ON d.webhook = a.webhook AND d.position = a.position
        WHERE w.id = @Id AND a.position >= @First AND a.position <= @Last AND (@State IS NULL OR d.state = @State)
        ORDER BY a.position, a.at;
        """;

    public const string Resend =
        """
        UPDATE webhook_deliveries
        SET state = 'pending', failure_count = 0, next_attempt_at = @Now, updated_at = @Now
        WHERE position = @Position AND webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id);

        INSERT INTO webhook_deliveries (webhook, position, state, attempt_count, failure_count, next_attempt_at, updated_at)
        SELECT w.sequence, @Position, 'pending', 0, 0, @Now, @Now
        FROM webhooks AS w
        WHERE w.id = @Id AND w.deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS d WHERE d.webhook = w.sequence AND d.position = @Position);
        """;

    public const string Recover =
        """
        UPDATE webhook_deliveries
        SET state = 'pending', failure_count = 0, next_attempt_at = @Now, updated_at = @Now
        WHERE state IN ('pending', 'failed') AND updated_at >= @Since AND webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id);
        """;

    public const string DeleteOld =
        """
        DELETE FROM webhook_attempts WHERE at < @Before;
        DELETE FROM webhook_deliveries WHERE state = 'delivered' AND updated_at < @Before;
        DELETE FROM secrets WHERE expires_at < @Now;
        """;

    /// <summary>Reads how far one endpoint is, or each if <c>@Id</c> is null, and counts up to <c>@Take</c> deliveries in a state.</summary>
    public static string ListProgress(ISqlDialect dialect)
    {
        return
            $"""
            SELECT w.id AS Id, c.position AS Position, c.failing_since AS FailingSince, {In("pending")} AS Pending, {In("failed")} AS Failed
            FROM webhooks AS w
            INNER JOIN webhook_cursors AS c ON c.webhook = w.sequence
            WHERE w.deleted_at IS NULL AND (@Id IS NULL OR w.id = @Id);
            """;

        string In(string state) =>
            $"""
            (
                SELECT COUNT(*)
                FROM (SELECT d.position FROM webhook_deliveries AS d WHERE d.webhook = w.sequence AND d.state = '{state}' ORDER BY d.position {dialect.Take}) AS page
            )
            """;
    }

    public static string ListDue(ISqlDialect dialect) =>
        $"""
        SELECT {DeliveryColumns.Names}
        FROM webhook_deliveries AS d
        WHERE {DeliveryColumns.OfWebhook} AND d.next_attempt_at IS NOT NULL AND d.next_attempt_at <= @Now
        ORDER BY d.next_attempt_at, d.position
        {dialect.Take};
        """;

    // SQLite does not reorder a CROSS JOIN. Otherwise it would scan all deliveries.
    public static string ListOfPayment(ISqlDialect dialect) =>
        $"""
        SELECT {DeliveryColumns.Names}, w.id AS WebhookId, w.url AS Url
        FROM (
            SELECT e.position
            FROM events AS e
            WHERE e.payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash)
            ORDER BY e.revision DESC
            {dialect.Take}
        ) AS page
        CROSS JOIN webhooks AS w
        CROSS JOIN webhook_deliveries AS d
        WHERE d.webhook = w.sequence AND d.position = page.position AND w.deleted_at IS NULL
        ORDER BY d.position DESC, w.sequence
        {dialect.Take};
        """;

    public static string FindFirstPending(ISqlDialect dialect) =>
        $"""
        SELECT {DeliveryColumns.Names}
        FROM webhook_deliveries AS d
        WHERE {DeliveryColumns.OfWebhook} AND d.state = 'pending'
        ORDER BY d.position
        {dialect.Take};
        """;

    /// <summary>Reads the next <c>@Take</c> deliveries after the position <c>@Sequence</c>.</summary>
    public static string Page(bool ascending, bool hasState, ISqlDialect dialect)
    {
        var (beyond, order) = PageStart.Direction(ascending);
        return
            $"""
            SELECT {DeliveryColumns.Names}
            FROM webhook_deliveries AS d
            WHERE {DeliveryColumns.OfWebhook} AND d.position {beyond} @Sequence{(hasState ? " AND d.state = @State" : "")}
            ORDER BY d.position{order}
            {dialect.Take};
            """;
    }
}

/// <summary>The columns of a delivery, and the condition that selects those of an endpoint.</summary>
internal static class DeliveryColumns
{
    public const string Names =
        """
            d.position AS Position, d.state AS State, d.attempt_count AS AttemptCount, d.failure_count AS FailureCount, d.next_attempt_at AS NextAttemptAt,
            d.updated_at AS UpdatedAt
        """;

    public const string OfWebhook = "d.webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id)";
}
