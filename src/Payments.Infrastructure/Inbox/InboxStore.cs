using System.Security.Cryptography;
using Payments.Application.Inbox;
using Payments.Application.Providers;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Inbox;

internal sealed class InboxStore(IDatabase database, ISqlDialect dialect) : IInbox
{
    // The rows of the table numbers. The commands of one event belong to one payment, so they wait for a few references.
    private const int MaxHashes = 100;
    private const int EraseCount = 500;

    private readonly string _erase = InboxSql.Erase(dialect);
    private readonly string _listReceived = InboxSql.ListReceived(dialect);
    private readonly string _listOpen = InboxSql.ListOpen(dialect);
    private readonly string _count = InboxSql.CountByConnector(dialect);

    public async Task<InboxEntry?> AddAsync(ConnectorId connector, ProviderEvent received, Instant receivedAt, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            ConnectorHash = IdHash.Of(connector),
            KeyHash = SHA256.HashData(Encoding.UTF8.GetBytes(received.Key)),
            received.Key,
            received.Kind,
            CreatedAt = receivedAt.Utc,
            received.Body,
        };
        try
        {
            if (await database.WriteAsync(InboxSql.Add, parameters, cancellationToken) == 0)
            {
                return null;
            }
        }
        catch (DuplicateKeyException)
        {
            return null;
        }

        var id = await database.QueryAsync<long>(InboxSql.FindId, new { parameters.ConnectorHash, parameters.KeyHash }, cancellationToken);
        return id is [var found] ? new(found, connector, received.Key, received.Kind, receivedAt, InboxState.Received, null, null, received.Body) : null;
    }

    public async Task<InboxEntry?> FindAsync(long id, CancellationToken cancellationToken) =>
        await database.QueryAsync<InboxRow>(InboxSql.Find, new { Id = id }, cancellationToken) is [var row] ? row.ToEntry() : null;

    public async Task<Page<InboxEntry>> ListAsync(
        ConnectorId connector, PaymentId? payment, InboxState? state, PageRequest request, CancellationToken cancellationToken)
    {
        var start = PageStart.Of(request);
        var rows = await database.QueryAsync<InboxRow>(
            InboxSql.Page(start.Ascending, payment is not null, state, dialect),
            new { ConnectorHash = IdHash.Of(connector), PaymentHash = payment is null ? null : IdHash.Of(payment), start.At, start.Sequence, start.Take },
            cancellationToken);
        var page = request.ToPage(rows, row => new(Instant.OfUtc(row.CreatedAt), row.Sequence));
        return new([.. page.Items.Select(row => row.ToEntry())], page.Next, page.Previous);
    }

    public async Task<IReadOnlyDictionary<ConnectorId, InboxCounts>> CountByConnectorAsync(CancellationToken cancellationToken) =>
        (await database.QueryAsync<ConnectorCountRow>(_count, new { Take = InboxCounts.Max }, cancellationToken))
            .ToDictionary(row => ConnectorId.Restore(row.Provider, row.Reference), row => new InboxCounts(row.Received, row.Ignored, row.Waiting, row.Failed));

    public Task SaveAsync(InboxEntry entry, InboxResult result, CancellationToken cancellationToken)
    {
        var keys = result.Waits.Select(lookup => WaitKey(entry.Connector, lookup)).OfType<byte[]>()
            .DistinctBy(Convert.ToHexString).Take(MaxHashes).ToList();
        return database.WriteAsync(
            // A new entry waits for nothing, and most are applied immediately.
            entry.State == InboxState.Received && keys.Count == 0 ? InboxSql.Save : InboxSql.SaveWithWaits,
            new
            {
                entry.Id,
                State = WireName<InboxState>.Of(result.State),
                result.Reason,
                PaymentHash = result.Payment is null ? null : IdHash.Of(result.Payment),
                Keys = keys.SelectMany(key => key).ToArray(),
                keys.Count,
            },
            cancellationToken);
    }

    public async Task<FoundPayment?> FindPaymentAsync(ConnectorId connector, PaymentLookup lookup, CancellationToken cancellationToken)
    {
        switch (lookup)
        {
            case PaymentLookup.ByReference by:
                return PaymentReference.TryParse(by.Reference, out var reference)
                    && new PaymentId(connector, reference, by.Type) is var id
                    && await database.QueryAsync<string>(InboxSql.FindById, new { IdHash = IdHash.Of(id) }, cancellationToken) is [var asset]
                    ? new(id, asset) : null;
            case PaymentLookup.ByAdjustment by:
                return await FindAsync(
                    InboxSql.FindByAdjustment, new { Hash = ReferenceHash.OfAdjustment(by.Reference), by.Reference, Type = Name(by.Type), ConnectorHash = IdHash.Of(connector) }, by.Type);
            case PaymentLookup.ByMetadata by:
                return await FindAsync(
                    InboxSql.FindByMetadata, new { Hash = MetadataEntry.Of(by.Key, by.Value), Type = Name(by.Type), ConnectorHash = IdHash.Of(connector) }, by.Type);
            default:
                throw new ArgumentException($"{lookup.GetType().Name} is not a lookup.", nameof(lookup));
        }

        static string Name(PaymentType type) => WireName<PaymentType>.Of(type);

        async Task<FoundPayment?> FindAsync(string statement, object parameters, PaymentType type) =>
            await database.QueryAsync<FoundRow>(statement, parameters, cancellationToken) is [var only]
                ? new(new PaymentId(connector, StoredValue.Read<PaymentReference>(only.Reference), type), only.Asset) : null;
    }

    public async Task<long?> ClaimAsync(string owner, Instant now, Instant until, CancellationToken cancellationToken) =>
        await database.WriteAsync(InboxSql.Claim, new { Owner = owner, Now = now.Utc, Until = until.Utc }, cancellationToken) > 0
        && await database.QueryAsync<long>(InboxSql.FindPosition, new { Owner = owner }, cancellationToken) is [var position] ? position : null;

    public Task ReleaseAsync(string owner, CancellationToken cancellationToken) => database.WriteAsync(InboxSql.Release, new { Owner = owner }, cancellationToken);

    public Task SavePositionAsync(string owner, long position, CancellationToken cancellationToken) =>
        database.WriteAsync(InboxSql.SavePosition, new { Owner = owner, Position = position }, cancellationToken);

    public Task<IReadOnlyList<long>> ListReceivedAsync(Instant before, int count, CancellationToken cancellationToken) =>
        database.QueryAsync<long>(_listReceived, new { Before = before.Utc, Take = count }, cancellationToken);

    public Task<IReadOnlyList<long>> ListOpenAsync(Instant since, long after, int count, CancellationToken cancellationToken) =>
        database.QueryAsync<long>(_listOpen, new { Since = since.Utc, After = after, Take = count }, cancellationToken);

    public async Task<(long Position, IReadOnlyList<long> Entries)> FindWokenAsync(long after, CancellationToken cancellationToken)
    {
        // An entry that begins to wait after this statement looks for its payment after that, so it does not need the events up to here.
        var head = (await database.QueryAsync<HeadRow>(InboxSql.FindHead, null, cancellationToken))[0];
        if (head.Position <= after || head.LastWaiting == 0)
        {
            return (Math.Max(head.Position, after), []);
        }

        var last = Math.Min(head.Position, after + IInbox.MaxEvents);
        var range = new { After = after, Last = last };
        var payments = await database.QueryAsync<ChangedRow>(InboxSql.ListChanged, range, cancellationToken);
        var adjustments = await database.QueryAsync<byte[]>(InboxSql.ListChangedReferences, range, cancellationToken);
        var keys = payments.SelectMany(Keys).Concat(adjustments).DistinctBy(Convert.ToHexString);
        var woken = new SortedSet<long>();
        foreach (var chunk in keys.Chunk(MaxHashes))
        {
            woken.UnionWith(await database.QueryAsync<long>(InboxSql.ListWaiting, new { Keys = chunk.SelectMany(key => key).ToArray(), Count = chunk.Length }, cancellationToken));
        }

        return (last, [.. woken]);

        static IEnumerable<byte[]> Keys(ChangedRow payment) =>
            Metadata.FromJson(payment.Metadata).Entries.Select(entry => MetadataEntry.Of(entry.Key, entry.Value)).Prepend(ReferenceHash.OfPayment(payment.IdHash));
    }

    public async Task<IReadOnlyList<InboxCount>> CountOpenAsync(CancellationToken cancellationToken) =>
        [
            .. (await database.QueryAsync<CountRow>(InboxSql.CountOpen, null, cancellationToken))
                .Select(row => new InboxCount(WireName<InboxState>.Parse(row.State), row.Entries, Instant.OfUtc(row.OldestAt))),
        ];

    public async Task<bool> EraseAsync(Instant before, CancellationToken cancellationToken) =>
        await database.WriteAsync(_erase, new { Before = before.Utc, Take = EraseCount }, cancellationToken) > 0;

    private static byte[]? WaitKey(ConnectorId connector, PaymentLookup lookup) => lookup switch
    {
        PaymentLookup.ByReference by => PaymentReference.TryParse(by.Reference, out var reference) ? ReferenceHash.OfPayment(new PaymentId(connector, reference, by.Type)) : null,
        PaymentLookup.ByAdjustment by => ReferenceHash.OfAdjustment(by.Reference),
        PaymentLookup.ByMetadata by => MetadataEntry.Of(by.Key, by.Value),
        _ => throw new ArgumentException($"{lookup.GetType().Name} is not a lookup.", nameof(lookup)),
    };

    private sealed class InboxRow
    {
        public required long Sequence { get; init; }
        public required string Provider { get; init; }
        public required string ConnectorReference { get; init; }
        public required string EventKey { get; init; }
        public required string Kind { get; init; }
        public required DateTime CreatedAt { get; init; }
        public required string State { get; init; }
        public string? Reason { get; init; }
        public string? PaymentReference { get; init; }
        public string? PaymentType { get; init; }
        public string? Body { get; init; }

        public InboxEntry ToEntry()
        {
            var connector = ConnectorId.Restore(Provider, ConnectorReference);
            var payment = PaymentReference is null
                ? null : new PaymentId(connector, StoredValue.Read<PaymentReference>(PaymentReference), WireName<PaymentType>.Parse(PaymentType!));
            return new(Sequence, connector, EventKey, Kind, Instant.OfUtc(CreatedAt), WireName<InboxState>.Parse(State), Reason, payment, Body);
        }
    }

    private sealed class ConnectorCountRow
    {
        public required string Provider { get; init; }
        public required string Reference { get; init; }
        public required int Received { get; init; }
        public required int Ignored { get; init; }
        public required int Waiting { get; init; }
        public required int Failed { get; init; }
    }

    private sealed class FoundRow
    {
        public required string Reference { get; init; }
        public required string Asset { get; init; }
    }

    private sealed class HeadRow
    {
        public required long Position { get; init; }
        public required long LastWaiting { get; init; }
    }

    private sealed class CountRow
    {
        public required string State { get; init; }
        public required long Entries { get; init; }
        public required DateTime OldestAt { get; init; }
    }

    private sealed class ChangedRow
    {
        public required byte[] IdHash { get; init; }
        public required string Metadata { get; init; }
    }
}

/// <summary>The statements on the inbox. The unique key of a connector and a key's hash decides every race.</summary>
internal static class InboxSql
{
    public const string Add =
        """
        INSERT INTO inbox (connector, key_hash, event_key, kind, created_at, body, has_body, state)
        SELECT c.sequence, @KeyHash, @Key, @Kind, @CreatedAt, @Body, 1, 'received'
        FROM connectors AS c
        WHERE c.id_hash = @ConnectorHash;
        """;

    public const string FindId =
        """
        SELECT i.sequence
        FROM connectors AS c
        INNER JOIN inbox AS i ON i.connector = c.sequence AND i.key_hash = @KeyHash
        WHERE c.id_hash = @ConnectorHash;
        """;

    public const string Find = $"SELECT {InboxColumns.Names}, i.body AS Body FROM inbox AS i {InboxColumns.Joins} WHERE i.sequence = @Id;";

    public const string Save =
        """
        UPDATE inbox
        SET state = @State, reason = @Reason, payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @PaymentHash)
        WHERE sequence = @Id;
        """;

    public const string SaveWithWaits =
        $"""
        {Save}

        DELETE FROM inbox_waits WHERE entry = @Id;

        INSERT INTO inbox_waits (key_hash, entry)
        SELECT SUBSTRING(@Keys, 16 * n.number + 1, 16), @Id
        FROM numbers AS n
        WHERE n.number < @Count;
        """;

    public const string FindById = "SELECT p.asset FROM payments AS p WHERE p.id_hash = @IdHash;";

    public const string FindByAdjustment =
        """
        SELECT DISTINCT p.reference AS Reference, p.asset AS Asset
        FROM payment_adjustments AS a
        INNER JOIN payments AS p ON p.sequence = a.payment AND p.type = @Type
        INNER JOIN connectors AS c ON c.sequence = p.connector AND c.id_hash = @ConnectorHash
        WHERE a.reference_hash = @Hash AND a.reference = @Reference;
        """;

    public const string FindByMetadata =
        """
        SELECT p.reference AS Reference, p.asset AS Asset
        FROM payment_metadata AS m
        INNER JOIN payments AS p ON p.sequence = m.payment AND p.type = @Type
        INNER JOIN connectors AS c ON c.sequence = p.connector AND c.id_hash = @ConnectorHash
        WHERE m.entry_hash = @Hash;
        """;

    public const string Claim = "UPDATE inbox_worker SET owner = @Owner, owned_until = @Until WHERE number = 1 AND (owner = @Owner OR owned_until IS NULL OR owned_until <= @Now);";

    public const string FindPosition = "SELECT w.position FROM inbox_worker AS w WHERE w.owner = @Owner;";

    public const string Release = "UPDATE inbox_worker SET owner = NULL, owned_until = NULL WHERE owner = @Owner;";

    public const string SavePosition = "UPDATE inbox_worker SET position = @Position WHERE owner = @Owner;";

    public const string FindHead =
        """
        SELECT
            (SELECT COALESCE(MAX(e.position), 0) FROM events AS e) AS Position,
            (SELECT COALESCE(MAX(w.entry), 0) FROM inbox_waits AS w) AS LastWaiting
        FROM inbox_worker AS k;
        """;

    public const string ListChanged =
        $"""
        SELECT p.id_hash AS IdHash, p.metadata AS Metadata
        FROM payments AS p
        WHERE p.sequence IN ({ChangedPayments});
        """;

    public const string ListChangedReferences =
        $"""
        SELECT a.reference_hash
        FROM payment_adjustments AS a
        WHERE a.payment IN ({ChangedPayments}) AND a.reference_hash IS NOT NULL;
        """;

    public const string ListWaiting =
        """
        SELECT DISTINCT w.entry
        FROM numbers AS n
        INNER JOIN inbox_waits AS w ON w.key_hash = SUBSTRING(@Keys, 16 * n.number + 1, 16)
        WHERE n.number < @Count;
        """;

    // Applied and ignored entries are most of them, so they are not counted.
    public const string CountOpen =
        """
        SELECT i.state AS State, CAST(COUNT(*) AS bigint) AS Entries, MIN(i.created_at) AS OldestAt
        FROM inbox AS i
        INNER JOIN connectors AS c ON c.sequence = i.connector
        WHERE i.state <> 'applied' AND i.state IN ('received', 'waiting', 'failed')
        GROUP BY i.state;
        """;

    private const string ChangedPayments = "SELECT e.payment FROM events AS e WHERE e.position > @After AND e.position <= @Last AND e.payment IS NOT NULL";

    // The literal states match the condition of the index, which a parameter would not.
    public static string ListReceived(ISqlDialect dialect) =>
        $"""
        SELECT i.sequence
        FROM inbox AS i
        INNER JOIN connectors AS c ON c.sequence = i.connector
        WHERE i.state = 'received' AND i.state <> 'applied' AND i.created_at < @Before
        ORDER BY i.sequence
        {dialect.Take};
        """;

    public static string ListOpen(ISqlDialect dialect) =>
        $"""
        SELECT i.sequence
        FROM inbox AS i
        INNER JOIN connectors AS c ON c.sequence = i.connector
        WHERE i.state <> 'applied' AND i.has_body = 1 AND i.created_at >= @Since AND i.sequence > @After
        ORDER BY i.sequence
        {dialect.Take};
        """;

    /// <summary>Counts up to <c>@Take</c> entries of each connector and state.</summary>
    public static string CountByConnector(ISqlDialect dialect)
    {
        return
            $"""
            SELECT
                c.provider AS Provider, c.reference AS Reference, {In("received")} AS Received, {In("ignored")} AS Ignored, {In("waiting")} AS Waiting, {In("failed")} AS Failed
            FROM connectors AS c;
            """;

        string In(string state) =>
            $"""
            (
                SELECT COUNT(*)
                FROM (SELECT i.created_at FROM inbox AS i WHERE i.state = '{state}' AND i.state <> 'applied' AND i.connector = c.sequence ORDER BY i.created_at {dialect.Take}) AS page
            )
            """;
    }

    public static string Erase(ISqlDialect dialect)
    {
        var erasable =
            $"""
            SELECT i.sequence
            FROM inbox AS i
            WHERE i.has_body = 1 AND i.created_at < @Before
                AND (i.state = 'applied' OR i.state = 'ignored' OR NOT EXISTS (SELECT 1 FROM connectors AS c WHERE c.sequence = i.connector))
            ORDER BY i.created_at, i.sequence
            {dialect.Take}
            """;
        return
            $"""
            DELETE FROM inbox_waits WHERE entry IN ({erasable});

            UPDATE inbox SET body = NULL, has_body = 0 WHERE sequence IN ({erasable});
            """;
    }

    /// <summary>Reads the next <c>@Take</c> entries after a position.</summary>
    public static string Page(bool ascending, bool isOfPayment, InboxState? state, ISqlDialect dialect)
    {
        var order = PageStart.Direction(ascending).Order;
        // The second condition is that of the index.
        var subject = isOfPayment
            ? "q.payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @PaymentHash) AND q.payment IS NOT NULL"
            : "q.connector = (SELECT c.sequence FROM connectors AS c WHERE c.id_hash = @ConnectorHash)";
        var inState = state switch
        {
            null => "",
            InboxState.Applied => " AND q.state = 'applied'",
            var other => $" AND q.state = '{WireName<InboxState>.Of(other.Value)}' AND q.state <> 'applied'",
        };
        return
            $"""
            SELECT {InboxColumns.Names}
            FROM ({dialect.Page("inbox", ascending, $"{subject}{inState}")}) AS page
            INNER JOIN inbox AS i ON i.sequence = page.sequence
            {InboxColumns.Joins}
            ORDER BY i.created_at{order}, i.sequence{order};
            """;
    }
}

/// <summary>The columns of an entry, and the joins that they need.</summary>
internal static class InboxColumns
{
    public const string Names =
        """
            i.sequence AS Sequence, c.provider AS Provider, c.reference AS ConnectorReference, i.event_key AS EventKey, i.kind AS Kind, i.created_at AS CreatedAt,
            i.state AS State, i.reason AS Reason, p.reference AS PaymentReference, p.type AS PaymentType
        """;

    public const string Joins = "INNER JOIN connectors AS c ON c.sequence = i.connector LEFT JOIN payments AS p ON p.sequence = i.payment";
}
