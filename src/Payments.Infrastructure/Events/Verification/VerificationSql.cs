using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Events.Verification;

/// <summary>The statements of the verification. Each reads a bounded part, so that a large database needs neither memory nor a long transaction.</summary>
internal static class VerificationSql
{
    public const string FindHash = "SELECT e.hash FROM events AS e WHERE e.position = @Position;";

    public const string CountEntries = "SELECT COUNT(*) FROM payment_metadata AS m;";

    public const string FindService = "SELECT a.kind AS Kind, a.name AS Name FROM actors AS a WHERE a.sequence = 1;";

    public const string FindPayment =
        """
        SELECT c.provider AS Provider, c.reference AS ConnectorReference, p.reference AS Reference, p.type AS Type
        FROM payments AS p
        LEFT JOIN connectors AS c ON c.sequence = p.connector
        WHERE p.sequence = @Sequence;
        """;

    public static string FindEntry { get; } =
        $"""
        SELECT {EntryColumns}
        FROM payment_metadata AS m
        LEFT JOIN payments AS p ON p.sequence = m.payment
        WHERE m.entry_hash = @Hash AND m.created_at = @At AND m.payment = @Payment;
        """;

    private static string EntryColumns => "m.entry_hash, m.created_at, m.payment, p.created_at, p.metadata";

    /// <summary>Reads the events of the positions after <c>@After</c> up to <c>@Through</c>, with the rows that they stand for.</summary>
    public static string Range { get; } = Events("e.position > @After AND e.position <= @Through", "e.position");

    /// <summary>Reads the events of one payment in the same form.</summary>
    public static string OfPayment { get; } = Events("e.payment = @Subject", "e.revision");

    /// <summary>Reads the events of one webhook endpoint in the same form.</summary>
    public static string OfWebhook { get; } = Events("e.webhook = @Subject", "e.revision");

    /// <summary>Finds the last key of a page, and the first row of the page that has no event.</summary>
    public static string PaymentsWithoutEvent(ISqlDialect dialect) => Without("payments", "sequence", "events AS o ON o.payment = page.sequence AND o.revision = 0", "o.payment", dialect);

    /// <inheritdoc cref="PaymentsWithoutEvent"/>
    public static string AccountsWithoutEvent(ISqlDialect dialect) => Without("accounts", "sequence", "events AS o ON o.account = page.sequence AND o.revision = 0", "o.account", dialect);

    /// <inheritdoc cref="PaymentsWithoutEvent"/>
    public static string ConnectorsWithoutEvent(ISqlDialect dialect) => Without("connectors", "sequence", "events AS o ON o.connector = page.sequence AND o.revision = 0", "o.connector", dialect);

    /// <inheritdoc cref="PaymentsWithoutEvent"/>
    public static string UninstalledWithoutEvent(ISqlDialect dialect) =>
        Without("uninstalled_connectors", "sequence", "events AS o ON o.connector = page.sequence AND o.revision = 1", "o.connector", dialect);

    /// <inheritdoc cref="PaymentsWithoutEvent"/>
    public static string WebhooksWithoutEvent(ISqlDialect dialect) => Without("webhooks", "sequence", "events AS o ON o.webhook = page.sequence AND o.revision = 0", "o.webhook", dialect);

    /// <summary>Finds the last payment of a page of adjustments, and the first one that does not exist.</summary>
    public static string AdjustmentsWithoutPayment(ISqlDialect dialect) => Without("payment_adjustments", "payment", "payments AS o ON o.sequence = page.sequence", "o.sequence", dialect);

    /// <summary>Finds the payments among <c>@Entries</c> that lack an entry of the metadata index.</summary>
    public static string MissingEntries(ISqlDialect dialect) =>
        $"""
        SELECT MIN(k.payment) AS Payment
        FROM {dialect.Entries} AS k
        WHERE NOT EXISTS (
            SELECT 1
            FROM payments AS p
            INNER JOIN payment_metadata AS m ON m.entry_hash = k.hash AND m.created_at = p.created_at AND m.payment = p.sequence
            WHERE p.sequence = k.payment)
        GROUP BY k.payment;
        """;

    /// <summary>Reads the next entries of the metadata index in the order of its key, each with its payment. One hash can have millions of entries,
    /// so each part of the key has a lookup of its own.</summary>
    public static string EntriesAfter(ISqlDialect dialect)
    {
        string After(string alias, string condition) =>
            $"""
            SELECT {alias}.entry_hash, {alias}.created_at, {alias}.payment
            FROM (SELECT n.entry_hash, n.created_at, n.payment FROM payment_metadata AS n WHERE {condition} ORDER BY n.entry_hash, n.created_at, n.payment {dialect.Take}) AS {alias}
            """;
        return
            $"""
            SELECT {EntryColumns}
            FROM (
            {After("a", "n.entry_hash = @Hash AND n.created_at = @At AND n.payment > @Payment")}
            UNION ALL
            {After("b", "n.entry_hash = @Hash AND n.created_at > @At")}
            UNION ALL
            {After("c", "n.entry_hash > @Hash")}
            ) AS m
            LEFT JOIN payments AS p ON p.sequence = m.payment
            ORDER BY m.entry_hash, m.created_at, m.payment
            {dialect.Take};
            """;
    }

    private static string Without(string table, string key, string other, string otherKey, ISqlDialect dialect) =>
        $"""
        SELECT COUNT(*) AS Count, MAX(page.sequence) AS Last, MIN(CASE WHEN {otherKey} IS NULL THEN page.sequence END) AS Missing
        FROM (SELECT t.{key} AS sequence FROM {table} AS t WHERE t.{key} > @After ORDER BY t.{key} {dialect.Take}) AS page
        LEFT JOIN {other};
        """;

    // The payment's row is read before its adjustments and events. Those that were written in between have a higher number or revision.
    // The raws come last and one at a time.
    private static string Events(string where, string order) =>
        $"""
        SELECT
            p.sequence, p.id_hash, c.provider, c.reference, p.reference, p.reference_start, p.type, p.scheme, p.asset,
            p.source_account_id, p.source_account_hash, p.destination_account_id, p.destination_account_hash,
            p.created_at, CAST(p.initial_amount AS varchar(38)), CAST(p.amount AS varchar(38)), p.status,
            p.metadata, p.reported_metadata, p.edited_metadata_keys, p.revision
        FROM events AS e
        INNER JOIN payments AS p ON p.sequence = e.payment
        LEFT JOIN connectors AS c ON c.sequence = p.connector
        WHERE {where} AND e.kind = 1;

        SELECT a.payment, a.number, a.reference, a.created_at, a.status, CAST(a.amount AS varchar(38))
        FROM events AS e
        INNER JOIN payment_adjustments AS a ON a.payment = e.payment
        WHERE {where} AND e.kind = 1
        ORDER BY a.payment, a.number;

        SELECT o.payment, o.position, o.kind, o.revision, o.number, o.changes
        FROM events AS e
        INNER JOIN events AS o ON o.payment = e.payment
        WHERE {where} AND e.kind = 1
        ORDER BY o.payment, o.revision;

        SELECT
            w.sequence, w.id, w.url, w.kinds, w.description, w.is_ordered, w.secret_last_four, w.state, w.disabled_reason, w.created_at, w.deleted_at, w.revision
        FROM events AS e
        INNER JOIN webhooks AS w ON w.sequence = e.webhook
        WHERE {where} AND e.kind = 64;

        SELECT o.webhook, o.position, o.kind, o.revision, o.number, o.changes
        FROM events AS e
        INNER JOIN events AS o ON o.webhook = e.webhook
        WHERE {where} AND e.kind = 64
        ORDER BY o.webhook, o.revision;

        SELECT
            e.position, e.kind, e.payment, e.account, e.connector, e.webhook, e.revision, e.number, e.at, author.kind, author.name,
            e.trace_id, e.changes, e.fingerprints, e.hash,
            p.id_hash, p.reference, p.type, pc.provider, pc.reference,
            a.reference, a.created_at, a.status, CAST(a.amount AS varchar(38)), a.raw,
            s.id_hash, sc.provider, sc.reference, s.reference, s.type, s.name, s.default_asset, s.created_at, s.metadata, s.raw,
            c.id_hash, c.provider, c.reference, c.name, c.name_key, c.installed_at,
            u.id_hash, u.provider, u.reference, u.name, u.name_key, u.installed_at,
            (SELECT COUNT(*) FROM events AS o WHERE o.connector = e.connector),
            w.id
        FROM events AS e
        LEFT JOIN actors AS author ON author.sequence = e.actor
        LEFT JOIN payments AS p ON p.sequence = e.payment
        LEFT JOIN connectors AS pc ON pc.sequence = p.connector
        LEFT JOIN payment_adjustments AS a ON a.payment = e.payment AND a.number = e.number AND e.kind <> 4
        LEFT JOIN accounts AS s ON s.sequence = e.account
        LEFT JOIN connectors AS sc ON sc.sequence = s.connector
        LEFT JOIN connectors AS c ON c.sequence = e.connector
        LEFT JOIN uninstalled_connectors AS u ON u.sequence = e.connector
        LEFT JOIN webhooks AS w ON w.sequence = e.webhook
        WHERE {where}
        ORDER BY {order};
        """;
}
