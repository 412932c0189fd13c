using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Payments.Application.Events;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Events;

internal sealed class EventReader(IDatabase database, ISqlDialect dialect, EventSignal signal) : IEventReader
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _page = EventSql.Page(dialect);
    private readonly string _paymentPage = EventSql.PaymentPage(dialect);
    private readonly string _pageOfPositions = EventSql.PageOfPositions(dialect);
    private readonly Lock _gate = new();
    private Task _poll = Task.CompletedTask;

    public Task<EventRecord> FindRecordAsync(CancellationToken cancellationToken) => database.ReadAsync(EventSql.FindRecord, null, ReadRecordAsync, cancellationToken);

    public Task<EventPage> ListAsync(long after, int limit, EventKind kinds, CancellationToken cancellationToken)
    {
        var last = after + IEventReader.MaxPositions;
        return ReadAsync(
            _page,
            new { After = after, Last = last, Kinds = (int)kinds, Take = limit },
            (record, events) => events.Count == limit ? events[^1].Position : Math.Min(record.Position, last),
            cancellationToken);
    }

    public async Task<EventPage> ListNewestAsync(EventFilter filter, long before, CancellationToken cancellationToken)
    {
        var record = await FindRecordAsync(cancellationToken);
        before = Math.Min(before, record.Position + 1);
        var first = filter.Subject is null ? Math.Max(1, before - IEventReader.MaxPositions) : 1;
        var parameters = new
        {
            First = first,
            Before = before,
            Kinds = filter.Kinds == default ? ~0 : (int)filter.Kinds,
            ActorKind = (int)(filter.ActorKind ?? 0),
            filter.ActorName,
            From = Milliseconds(filter.From) ?? long.MinValue,
            Until = Milliseconds(filter.Until) ?? long.MaxValue,
            IdHash = filter.Subject switch
            {
                PaymentId id => IdHash.Of(id),
                AccountId id => IdHash.Of(id),
                ConnectorId id => IdHash.Of(id),
                _ => null,
            },
            Id = (filter.Subject as WebhookId)?.ToString(),
            Take = EventFilter.PageSize,
        };
        var positions = await database.QueryAsync<long>(EventSql.NewestPositions(filter.Subject?.GetType(), dialect), parameters, cancellationToken);
        if (positions.Count == 0)
        {
            return new(record, [], first);
        }

        var page = new DynamicParameters();
        page.Add("Take", EventFilter.PageSize);
        for (var i = 0; i < EventFilter.PageSize; i++)
        {
            page.Add($"F{i}", i < positions.Count ? positions[i] : 0); // no event has the position 0
        }

        var (_, events, _) = await ReadAsync(_pageOfPositions, page, (_, _) => 0, cancellationToken);
        return new(record, [.. events.Reverse()], positions.Count == EventFilter.PageSize ? positions[^1] : first);

        static long? Milliseconds(Instant? time) => time is { } value ? new DateTimeOffset(value.Utc).ToUnixTimeMilliseconds() : null;
    }

    public Task<EventPage> ListAsync(PaymentId payment, long after, int limit, CancellationToken cancellationToken) => ReadAsync(
        _paymentPage,
        new { IdHash = IdHash.Of(payment), After = after, Take = limit },
        (record, events) => events.Count > 0 ? events[^1].Position : after,
        cancellationToken);

    public async Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        var announced = signal.WaitAsync(after, cancellationToken);
        while (!announced.IsCompleted)
        {
            await await Task.WhenAny(announced, Poll());
            if (announced.IsCompleted)
            {
                announced = signal.WaitAsync(after, cancellationToken); // the announced position may be an earlier one
            }
        }

        await announced;
    }

    // One query for all who wait. It finds the events of other processes.
    private Task Poll()
    {
        lock (_gate)
        {
            return _poll = _poll.IsCompleted ? PollAsync() : _poll;
        }

        async Task PollAsync()
        {
            await Task.Delay(PollInterval);
            signal.Set((await FindRecordAsync(CancellationToken.None)).Position);
        }
    }

    private Task<EventPage> ReadAsync(
        string statement, object parameters, Func<EventRecord, IReadOnlyList<StoredEvent>, long> position, CancellationToken cancellationToken) =>
        database.ReadAsync(
            statement,
            parameters,
            async (reader, stop) =>
            {
                var record = await ReadRecordAsync(reader, stop);
                // Events that were added since the record was read come with the next page: only up to there is it certain that none is missing.
                var rows = (await NextAsync(reader, row => row.Parse<EventRow>(), stop)).Where(row => row.Position <= record.Position);
                await reader.NextResultAsync(stop);
                var (payments, _) = await PaymentRows.ReadAsync(reader, payment => payment, long.MaxValue, stop);
                var bySequence = payments.ToFrozenDictionary(payment => payment.Sequence);
                var webhooks = (await NextAsync(reader, row => row.Parse<WebhookRow>(), stop)).ToDictionary(row => row.Sequence, row => row.ToSubject());
                var later = (await NextAsync(reader, row => row.Parse<ChangesRow>(), stop)).ToLookup(row => row.Subject);
                var accounts = (await NextAsync(reader, row => row.Parse<AccountRow>(), stop)).ToDictionary(row => row.Sequence, row => row.ToSubject());
                var connectors = (await NextAsync(reader, row => row.Parse<ConnectorRow>(), stop)).ToDictionary(row => row.Sequence, row => row.ToSubject());
                var events = rows.Select(row => new StoredEvent
                {
                    Position = row.Position,
                    Kind = (EventKind)row.Kind,
                    Number = row.Number,
                    At = DateTimeOffset.FromUnixTimeMilliseconds(row.At),
                    Actor = new((ActorKind)row.ActorKind, row.ActorName),
                    TraceId = row.TraceId is null ? null : Convert.ToHexStringLower(row.TraceId),
                    Changes = FieldChanges.FromJson(row.Changes),
                    Overwritten = Overwritten(later[row.Subject], row.Revision),
                    Payment = row.Payment is { } payment ? bySequence[payment] : null,
                    Subject = row.Account is { } account ? accounts[account]
                        : row.Connector is { } connector ? connectors[connector]
                        : row.Webhook is { } webhook ? webhooks[webhook]
                        : null,
                }).ToList();
                return new EventPage(record, events, position(record, events));
            },
            cancellationToken);

    private static async Task<EventRecord> ReadRecordAsync(DbDataReader reader, CancellationToken stop)
    {
        await reader.ReadAsync(stop);
        return new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.IsDBNull(3) ? EventHead.Empty.Hash : reader.GetFieldValue<byte[]>(3));
    }

    private static async Task<List<TRow>> NextAsync<TRow>(DbDataReader reader, Func<DbDataReader, IEnumerable<TRow>> parse, CancellationToken stop)
    {
        await reader.NextResultAsync(stop);
        return [.. parse(reader)];
    }

    // The first later change has the value that the field had until then.
    private static Dictionary<string, JsonNode?> Overwritten(IEnumerable<ChangesRow> later, int revision)
    {
        var values = new Dictionary<string, JsonNode?>();
        foreach (var row in later.Where(row => row.Revision > revision))
        {
            foreach (var (field, change) in row.Fields)
            {
                values.TryAdd(field, change.From);
            }
        }

        return values;
    }

    private sealed class EventRow
    {
        public required long Position { get; init; }
        public required int Kind { get; init; }
        public long? Payment { get; init; }
        public long? Account { get; init; }
        public long? Connector { get; init; }
        public long? Webhook { get; init; }
        public required int Revision { get; init; }
        public int? Number { get; init; }
        public required long At { get; init; }
        public required int ActorKind { get; init; }
        public required string ActorName { get; init; }
        public byte[]? TraceId { get; init; }
        public string? Changes { get; init; }

        public (long?, long?) Subject => (Payment, Webhook);
    }

    private sealed class ChangesRow
    {
        public long? Payment { get; init; }
        public long? Webhook { get; init; }
        public required int Revision { get; init; }
        public required string Changes { get; init; }

        public (long?, long?) Subject => (Payment, Webhook);
        public FieldChanges Fields => field ??= FieldChanges.FromJson(Changes);
    }

    private sealed class AccountRow
    {
        public required long Sequence { get; init; }
        public required string Provider { get; init; }
        public required string ConnectorReference { get; init; }
        public required string Reference { get; init; }
        public required string Type { get; init; }
        public string? Name { get; init; }
        public string? DefaultAsset { get; init; }
        public required DateTime CreatedAt { get; init; }
        public required string Metadata { get; init; }

        public EventSubject ToSubject()
        {
            var connector = ConnectorId.Restore(Provider, ConnectorReference);
            var id = new AccountId(connector, StoredValue.Read<AccountReference>(Reference)).ToString();
            return new("account", id, new()
            {
                ["id"] = id,
                ["reference"] = Reference,
                ["createdAt"] = Instant.OfUtc(CreatedAt).ToString(),
                ["connectorID"] = connector.ToString(),
                ["provider"] = connector.Provider.ContractName,
                ["defaultAsset"] = DefaultAsset ?? "",
                ["accountName"] = Name ?? "",
                ["type"] = Type,
                ["metadata"] = JsonNode.Parse(Metadata),
            });
        }
    }

    private sealed class ConnectorRow
    {
        public required long Sequence { get; init; }
        public required string Provider { get; init; }
        public required string Reference { get; init; }
        public required string Name { get; init; }

        public EventSubject ToSubject()
        {
            var id = ConnectorId.Restore(Provider, Reference);
            return new("connector", id.ToString(), new() { ["connectorID"] = id.ToString(), ["provider"] = id.Provider.ContractName, ["name"] = Name });
        }
    }

    private sealed class WebhookRow
    {
        public required long Sequence { get; init; }
        public required string Id { get; init; }
        public required string Url { get; init; }
        public required int Kinds { get; init; }
        public string? Description { get; init; }
        public required int IsOrdered { get; init; }
        public required string State { get; init; }
        public string? DisabledReason { get; init; }
        public required DateTime CreatedAt { get; init; }
        public required string SecretLastFour { get; init; }

        public EventSubject ToSubject() => new("webhook", Id, new()
        {
            ["id"] = Id,
            ["url"] = Url,
            ["types"] = new JsonArray([.. WebhookSettings.TypesOf((EventKind)Kinds).Select(type => JsonValue.Create(type))]),
            ["description"] = Description ?? "",
            ["ordered"] = IsOrdered == 1,
            ["state"] = State,
            ["disabledReason"] = DisabledReason,
            ["createdAt"] = Instant.OfUtc(CreatedAt).ToString(),
            ["secretLastFour"] = SecretLastFour,
        });
    }
}

internal static class EventSql
{
    public const string FindRecord =
        """
        SELECT r.store, r.epoch, COALESCE(last.position, 0) AS position, last.hash
        FROM event_record AS r
        LEFT JOIN events AS last ON last.position = (SELECT MAX(e.position) FROM events AS e);
        """;

    /// <summary>Reads a page of all events.</summary>
    public static string Page(ISqlDialect dialect) =>
        Page("WHERE e.position > @After AND e.position <= @Last AND (e.kind & @Kinds) <> 0 ORDER BY e.position", dialect);

    /// <summary>Reads a page of a payment's events.</summary>
    public static string PaymentPage(ISqlDialect dialect) => Page(
        "WHERE e.payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash) AND e.position > @After ORDER BY e.revision", dialect);

    /// <summary>Reads the newest positions of events that match a filter.</summary>
    /// <param name="subject">The type of the subject's id; null for the events of all subjects.</param>
    public static string NewestPositions(Type? subject, ISqlDialect dialect)
    {
        var ofSubject = subject?.Name switch
        {
            nameof(PaymentId) => "e.payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash) AND ",
            nameof(AccountId) => "e.account = (SELECT s.sequence FROM accounts AS s WHERE s.id_hash = @IdHash) AND ",
            // A connector that was uninstalled can be installed again with the same id.
            nameof(ConnectorId) =>
                """
                e.connector IN (
                        SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @IdHash
                        UNION ALL
                        SELECT u.sequence FROM uninstalled_connectors AS u WHERE u.id_hash = @IdHash)
                    AND
                """ + " ",
            nameof(WebhookId) => "e.webhook = (SELECT w.sequence FROM webhooks AS w WHERE w.id = @Id) AND ",
            _ => "",
        };
        return
            $"""
            SELECT e.position
            FROM events AS e
            WHERE {ofSubject}e.position >= @First AND e.position < @Before AND (e.kind & @Kinds) <> 0 AND e.at >= @From AND e.at < @Until
                AND (@ActorKind = 0 OR e.actor IN (SELECT a.sequence FROM actors AS a WHERE a.kind = @ActorKind AND (@ActorName IS NULL OR a.name = @ActorName)))
            ORDER BY e.position DESC
            {dialect.Take};
            """;
    }

    /// <summary>Reads the events at up to <see cref="EventFilter.PageSize"/> positions.</summary>
    public static string PageOfPositions(ISqlDialect dialect) => Page(
        $"WHERE e.position IN ({string.Join(", ", Enumerable.Range(0, EventFilter.PageSize).Select(number => $"@F{number}"))}) ORDER BY e.position", dialect);

    /// <summary>Reads the record, a page of its events, and their subjects as they are now. The later changes are read after the payments and webhooks: a change
    /// that is stored in between then overwrites a field with the value that was read.</summary>
    private static string Page(string events, ISqlDialect dialect)
    {
        string Keys(string column) => $"SELECT e.{column} FROM events AS e {events} {dialect.Take}";
        string Subjects(string column) => $"SELECT page.{column} FROM ({Keys(column)}) AS page WHERE page.{column} IS NOT NULL";
        return
            $"""
            {FindRecord}

            SELECT
                e.position AS Position, e.kind AS Kind, e.payment AS Payment, e.account AS Account, e.connector AS Connector, e.webhook AS Webhook,
                e.revision AS Revision, e.number AS Number, e.at AS At, a.kind AS ActorKind, a.name AS ActorName, e.trace_id AS TraceId, e.changes AS Changes
            FROM ({Keys("position")}) AS page
            INNER JOIN events AS e ON e.position = page.position
            INNER JOIN actors AS a ON a.sequence = e.actor
            ORDER BY e.position;

            {PaymentSql.WithoutRaws($"WHERE p.sequence IN ({Subjects("payment")}) ORDER BY p.sequence, a.number")}

            SELECT
                w.sequence AS Sequence, w.id AS Id, w.url AS Url, w.kinds AS Kinds, w.description AS Description, w.is_ordered AS IsOrdered, w.state AS State,
                w.disabled_reason AS DisabledReason, w.created_at AS CreatedAt, w.secret_last_four AS SecretLastFour
            FROM webhooks AS w
            WHERE w.sequence IN ({Subjects("webhook")});

            SELECT e.payment AS Payment, e.webhook AS Webhook, e.revision AS Revision, e.changes AS Changes
            FROM (SELECT page.payment, MIN(page.revision) AS revision FROM ({Keys("payment, e.revision")}) AS page GROUP BY page.payment) AS earliest
            INNER JOIN events AS e ON e.payment = earliest.payment AND e.revision > earliest.revision
            WHERE e.changes IS NOT NULL
            UNION ALL
            SELECT e.payment AS Payment, e.webhook AS Webhook, e.revision AS Revision, e.changes AS Changes
            FROM events AS e
            WHERE e.webhook IN ({Subjects("webhook")}) AND e.changes IS NOT NULL
            ORDER BY Payment, Webhook, Revision;

            SELECT
                a.sequence AS Sequence, c.provider AS Provider, c.reference AS ConnectorReference, a.reference AS Reference, a.type AS Type, a.name AS Name,
                a.default_asset AS DefaultAsset, a.created_at AS CreatedAt, a.metadata AS Metadata
            FROM accounts AS a
            INNER JOIN connectors AS c ON c.sequence = a.connector
            WHERE a.sequence IN ({Subjects("account")});

            SELECT c.sequence AS Sequence, c.provider AS Provider, c.reference AS Reference, c.name AS Name
            FROM connectors AS c
            WHERE c.sequence IN ({Subjects("connector")})
            UNION ALL
            SELECT u.sequence AS Sequence, u.provider AS Provider, u.reference AS Reference, u.name AS Name
            FROM uninstalled_connectors AS u
            WHERE u.sequence IN ({Subjects("connector")});
            """;
    }
}
