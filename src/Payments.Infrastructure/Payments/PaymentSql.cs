using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

/// <summary>
/// The statements on payments. Amounts are passed as text: SQL Server converts them exactly to <c>decimal(38,0)</c> and back, SQLite stores the
/// text. The unique keys <c>uq_payments_id</c> and <c>uq_payment_adjustments_number</c> decide every race.
/// </summary>
internal static class PaymentSql
{
    // VALUES instead of SELECT, because SQLite copies each page that an INSERT of several rows changes, in case a later row fails.
    // If the connector is not installed, its number is 0, and the foreign key fails.
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

    /// <summary><see cref="Add"/>, and the rows of the metadata with the hashes of <see cref="MetadataEntry"/>.</summary>
    public const string AddWithMetadata = Add +
        """


        INSERT INTO payment_metadata (entry_hash, created_at, payment)
        SELECT SUBSTRING(@Entries, 16 * n.number + 1, 16), p.created_at, p.sequence
        FROM payments AS p
        INNER JOIN numbers AS n ON n.number < @EntryCount
        WHERE p.id_hash = @IdHash;
        """;

    // Writes the payment's row first, because Find reads it first. On SQL Server both then lock in the same order, without deadlocks.
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

    // The payment must still be as it was read, because an If-Match may have been compared with it. If it is not, its entries do not change either:
    // either the metadata differs, or another writer made the same change and the key of its entries stops this one.
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

    /// <summary>Reads the payments of a page.</summary>
    /// <param name="keys">A SELECT of their <c>sequence</c>.</param>
    /// <param name="ascending">Whether the list goes from the oldest to the newest.</param>
    public static string Page(string keys, bool ascending)
    {
        var order = PageStart.Direction(ascending).Order;
        return Read(
            $"({keys}) AS page INNER JOIN payments AS p ON p.sequence = page.sequence",
            $"ORDER BY p.created_at{order}, p.sequence{order}, a.number");
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
