using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

/// <summary>
/// The statements on payments, the same on both databases. Amounts cross as text: SQL Server turns them into <c>decimal(38,0)</c> and back
/// exactly, SQLite keeps the text. The unique keys <c>uq_payments_id</c> and <c>uq_payment_adjustments_number</c> decide every race.
/// </summary>
internal static class PaymentSql
{
    // One row of VALUES and not a SELECT's rows: SQLite would keep a copy of every page that those change, in case a later one of them failed.
    // A connector that is not installed is 0, which the foreign key refuses.
    public const string Add =
        """
        INSERT INTO payments
            (id_hash, connector, reference, reference_start, type, scheme, asset,
             source_account_id, source_account_hash, destination_account_id, destination_account_hash,
             created_at, initial_amount, amount, status, first_metadata, metadata, metadata_revision)
        VALUES
            (@IdHash, (SELECT COALESCE(MAX(c.sequence), 0) FROM connectors AS c WHERE c.id_hash = @ConnectorHash),
             @Reference, SUBSTRING(@Reference, 1, 64), @Type, @Scheme, @Asset,
             @SourceAccountId, @SourceAccountHash, @DestinationAccountId, @DestinationAccountHash,
             @CreatedAt, @Amount, @Amount, @Status, @Metadata, @Metadata, 0);

        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
        VALUES ((SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash), 1, @Reference, @CreatedAt, @Status, @Amount, @Raw);
        """;

    /// <summary><see cref="Add"/>, and the keys and entries of the metadata as <see cref="MetadataEntry"/> makes them.</summary>
    public const string AddWithMetadata = Add +
        """


        INSERT INTO payment_metadata (entry_hash, created_at, payment)
        SELECT SUBSTRING(@Entries, 16 * n.number + 1, 16), p.created_at, p.sequence
        FROM payments AS p
        INNER JOIN numbers AS n ON n.number < @EntryCount
        WHERE p.id_hash = @IdHash;
        """;

    // The payment's row first, as Find reads it first: on SQL Server the two then wait for each other in one order, and none is a deadlock's victim.
    public const string Append =
        """
        UPDATE payments
        SET status = @PaymentStatus, amount = @PaymentAmount
        WHERE id_hash = @IdHash;

        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
        SELECT p.sequence, @Number, @Reference, @CreatedAt, @Status, @Amount, @Raw
        FROM payments AS p
        WHERE p.id_hash = @IdHash;
        """;

    // The whole payment must still be as it was read, for that is what an If-Match may have been compared with. Where it is not, the entries
    // stay too: the metadata is then another one, or another writer has made the same change and its entries' key ends this one.
    public const string SaveMetadata =
        """
        UPDATE payments
        SET metadata = @Metadata, metadata_revision = @MetadataRevision
        WHERE id_hash = @IdHash
            AND metadata_revision = @MetadataRevision - 1
            AND NOT EXISTS (SELECT 1 FROM payment_adjustments AS a WHERE a.payment = payments.sequence AND a.number > @AdjustmentCount);

        DELETE FROM payment_metadata
        WHERE created_at = @CreatedAt
            AND payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash AND p.metadata_revision = @MetadataRevision AND p.metadata = @Metadata)
            AND entry_hash IN (SELECT SUBSTRING(@Removed, 16 * n.number + 1, 16) FROM numbers AS n WHERE n.number < @RemovedCount);

        INSERT INTO payment_metadata (entry_hash, created_at, payment)
        SELECT SUBSTRING(@Added, 16 * n.number + 1, 16), p.created_at, p.sequence
        FROM payments AS p
        INNER JOIN numbers AS n ON n.number < @AddedCount
        WHERE p.id_hash = @IdHash AND p.metadata_revision = @MetadataRevision AND p.metadata = @Metadata;
        """;

    public const string FindPosition =
        """
        SELECT p.created_at AS CreatedAt, p.sequence AS Sequence FROM payments AS p WHERE p.id_hash = @IdHash;
        """;

    public static string Find { get; } = Read("payments AS p", "WHERE p.id_hash = @IdHash ORDER BY a.number");

    // More than an unordered path's rows can have become since they were counted. SQLite reads a SELECT with a limit by itself and first.
    private const int NoLimit = 1_000_000;

    /// <summary>The next <c>@Take</c> payments of a filter behind a place, newest or oldest first, by one of the filter's paths.</summary>
    public static string Page(PaymentFilterSql filter, AccessPath path, bool ascending, ISqlDialect dialect)
    {
        var (beyond, order) = Seek.Direction(ascending);
        var rest = filter.Text(path.Rest);
        var end = ascending ? filter.ToSign : filter.FromSign;
        var selects = path.Seeks.SelectMany(seek => path.IsOrdered ? seek.Behind(ascending, dialect, end, rest) : Unordered(seek));

        // Payments of alternatives may come by more than one of them.
        var page = Seek.Page(selects, path.Seeks.Count == 1 ? "UNION ALL" : "UNION", ascending, dialect);
        return Read(
            $"({page}) AS page INNER JOIN payments AS p ON p.sequence = page.sequence",
            $"ORDER BY p.created_at{order}, p.sequence{order}, a.number");

        // A CROSS JOIN is what SQLite keeps the order of.
        string[] Unordered(Seek seek)
        {
            var rows = dialect.Limit($"SELECT {seek.Sequence} AS sequence FROM {seek.From} WHERE {seek.Where} ORDER BY {seek.Order ?? seek.CreatedAt}", $"{NoLimit}");
            var behind = $"(q.created_at {beyond} @At OR (q.created_at = @At AND q.sequence {beyond} @Sequence))";
            return [$"SELECT q.created_at, q.sequence FROM ({rows}) AS d CROSS JOIN payments AS q WHERE {Seek.All("q.sequence = d.sequence", behind, end is null ? null : $"q.created_at {end}", rest)}"];
        }
    }

    /// <summary>How many rows each of a filter's paths has, counted up to <c>@MaxRows</c> a seek.</summary>
    public static string Count(PaymentFilterSql filter, ISqlDialect dialect)
    {
        return string.Join(" UNION ALL ", filter.Paths.Select((path, number) =>
            $"SELECT {number} AS Path, COUNT(*) AS Found FROM ({string.Join(" UNION ALL ", path.Seeks.Select(Rows))}) AS c")) + ";";

        string Rows(Seek seek)
        {
            var rows = Seek.All(
                seek.Where,
                filter.From is null ? null : $"{seek.CreatedAt} {filter.FromSign}",
                filter.To is null ? null : $"{seek.CreatedAt} {filter.ToSign}");
            return $"SELECT r.sequence FROM ({dialect.Limit($"SELECT {seek.Sequence} AS sequence FROM {seek.From} WHERE {rows} ORDER BY {seek.Order ?? seek.CreatedAt}", "@MaxRows")}) AS r";
        }
    }

    private static string Read(string payments, string rest) =>
        $"""
        SELECT
            p.sequence AS Sequence,
            c.provider AS Provider,
            c.reference AS ConnectorReference,
            p.reference AS Reference,
            p.type AS Type,
            p.scheme AS Scheme,
            p.asset AS Asset,
            p.source_account_id AS SourceAccountId,
            p.destination_account_id AS DestinationAccountId,
            p.first_metadata AS FirstMetadata,
            p.metadata AS Metadata,
            p.metadata_revision AS MetadataRevision,
            a.reference AS AdjustmentReference,
            a.created_at AS AdjustmentCreatedAt,
            a.status AS AdjustmentStatus,
            CAST(a.amount AS varchar(38)) AS AdjustmentAmount,
            a.raw AS AdjustmentRaw
        FROM {payments}
        INNER JOIN connectors AS c ON c.sequence = p.connector
        INNER JOIN payment_adjustments AS a ON a.payment = p.sequence
        {rest};
        """;
}
