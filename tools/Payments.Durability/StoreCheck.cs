using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;

namespace Payments.Durability;

/// <summary>Checks the tables themselves: no payment is stored twice or in part.</summary>
internal static class StoreCheck
{
    // One row for each payment: the values that its row copies from its history, and its number of rows in each table.
    private const string Payments =
        """
        SELECT
            p.reference AS Reference,
            p.status AS Status,
            CAST(p.amount AS varchar(38)) AS Amount,
            COALESCE(a.rows_there, 0) AS Adjustments,
            COALESCE(a.last_number, 0) AS LastNumber,
            COALESCE(m.rows_there, 0) AS MetadataRows,
            COALESCE(e.created, 0) AS CreatedEvents,
            COALESCE(e.adjusted, 0) AS AdjustedEvents,
            COALESCE(e.updated, 0) AS UpdatedEvents
        FROM payments AS p
        LEFT JOIN (SELECT payment, COUNT(*) AS rows_there, MAX(number) AS last_number FROM payment_adjustments GROUP BY payment) AS a ON a.payment = p.sequence
        LEFT JOIN (SELECT payment, COUNT(*) AS rows_there FROM payment_metadata GROUP BY payment) AS m ON m.payment = p.sequence
        LEFT JOIN (
            SELECT
                payment,
                SUM(CASE WHEN kind = 1 THEN 1 ELSE 0 END) AS created,
                SUM(CASE WHEN kind = 2 THEN 1 ELSE 0 END) AS adjusted,
                SUM(CASE WHEN kind = 4 THEN 1 ELSE 0 END) AS updated
            FROM events
            GROUP BY payment) AS e ON e.payment = p.sequence
        ORDER BY p.reference;
        """;

    // Positions from 1 without gaps, in the order of each payment's changes, and no event of anything else but the connector.
    private const string Events =
        """
        SELECT
            (SELECT COUNT(*) FROM events) AS Events,
            (SELECT COUNT(DISTINCT hash) FROM events) AS Hashes,
            (SELECT COALESCE(MAX(position), 0) FROM events) AS LastPosition,
            (SELECT COUNT(*) FROM events WHERE payment IS NULL) AS OtherEvents,
            (SELECT COUNT(*) FROM events AS e WHERE e.payment IS NOT NULL AND e.revision <> COALESCE((
                SELECT MAX(b.revision) + 1 FROM events AS b WHERE b.payment = e.payment AND b.position < e.position), 0)) AS OutOfOrder;
        """;

    private const string Orphans =
        """
        SELECT
            (SELECT COUNT(*) FROM payment_adjustments AS a WHERE NOT EXISTS (SELECT 1 FROM payments AS p WHERE p.sequence = a.payment))
            + (SELECT COUNT(*) FROM payment_metadata AS m WHERE NOT EXISTS (SELECT 1 FROM payments AS p WHERE p.sequence = m.payment));
        """;

    public static DbConnection OpenSqlite(string file) =>
        new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());

    public static DbConnection OpenSqlServer(string connectionString) => new SqlConnection(connectionString);

    /// <summary>Returns the differences from the ledger, a few of each kind.</summary>
    public static IEnumerable<string> Run(DbConnection connection, IReadOnlyList<Entry> entries)
    {
        connection.Open();
        if (connection is SqliteConnection)
        {
            foreach (var line in connection.Query<string>("PRAGMA integrity_check(5);").Where(line => line != "ok"))
            {
                yield return $"integrity_check: {line}";
            }

            foreach (var line in connection.Query("PRAGMA foreign_key_check;").Take(5))
            {
                yield return $"foreign_key_check: {line}";
            }
        }

        var rows = connection.Query<Row>(Payments).AsList();
        if (rows.Count != entries.Count)
        {
            yield return $"The database has {rows.Count} payments; {entries.Count} were sent.";
        }

        foreach (var (row, entry) in rows.Zip(entries).Where(pair => !pair.First.IsOf(pair.Second.Stored!.Value)).Take(5))
        {
            yield return $"The tables have {row} for {entry.Stored}";
        }

        // On SQL Server, an event gets its position shortly after its commit.
        SpinWait.SpinUntil(() => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM events WHERE position IS NULL;") == 0, TimeSpan.FromSeconds(10));
        var record = connection.QuerySingle<Record>(Events);
        // The command verify recomputes the hashes at the end of a trial.
        if (record is not { OtherEvents: 1, OutOfOrder: 0 } || record.Events != record.LastPosition || record.Events != record.Hashes)
        {
            yield return $"The event record has gaps, other events, repeated hashes or the wrong order: {record}";
        }

        if (connection.ExecuteScalar<int>(Orphans) is > 0 and var orphans)
        {
            yield return $"{orphans} rows belong to no payment.";
        }
    }

    private sealed record Row
    {
        public required string Reference { get; init; }

        public required string Status { get; init; }

        public required string Amount { get; init; }

        public required long Adjustments { get; init; }

        public required long LastNumber { get; init; }

        public required long MetadataRows { get; init; }

        public required long CreatedEvents { get; init; }

        public required long AdjustedEvents { get; init; }

        public required long UpdatedEvents { get; init; }

        // Each metadata entry has a row for its key and a row for its key and value. Each change has one event.
        public bool IsOf(Payment payment) =>
            Reference == payment.Reference && Status == payment.Status && Int128.Parse(Amount, CultureInfo.InvariantCulture) == payment.Amount
            && Adjustments == payment.Adjustments && LastNumber == payment.Adjustments && MetadataRows == 2 * payment.MetadataEntries
            && CreatedEvents == 1 && AdjustedEvents == payment.Adjustments - 1 && UpdatedEvents == payment.Notes;
    }

    private sealed record Record
    {
        public required long Events { get; init; }

        public required long Hashes { get; init; }

        public required long LastPosition { get; init; }

        public required long OtherEvents { get; init; }

        public required long OutOfOrder { get; init; }
    }
}
