namespace Payments.Infrastructure.Payments;

/// <summary>
/// The statements on payments, the same on both databases. Amounts cross as text: SQL Server turns them into <c>decimal(38,0)</c> and back
/// exactly, SQLite keeps the text. The unique keys <c>uq_payments_id</c> and <c>uq_payment_adjustments_number</c> decide every race.
/// </summary>
internal static class PaymentSql
{
    public const string Add =
        """
        INSERT INTO payments
            (id_hash, connector, reference, type, scheme, asset,
             source_account_id, source_account_hash, destination_account_id, destination_account_hash,
             created_at, initial_amount, amount, status, first_metadata, metadata, metadata_revision)
        SELECT
            @IdHash, c.sequence, @Reference, @Type, @Scheme, @Asset,
            @SourceAccountId, @SourceAccountHash, @DestinationAccountId, @DestinationAccountHash,
            @CreatedAt, @Amount, @Amount, @Status, @Metadata, @Metadata, 0
        FROM connectors AS c
        WHERE c.id_hash = @ConnectorHash;

        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
        SELECT p.sequence, 1, @Reference, @CreatedAt, @Status, @Amount, @Raw
        FROM payments AS p
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

    // The whole payment must still be as it was read, for that is what an If-Match may have been compared with.
    public const string SaveMetadata =
        """
        UPDATE payments
        SET metadata = @Metadata, metadata_revision = @MetadataRevision
        WHERE id_hash = @IdHash
            AND metadata_revision = @MetadataRevision - 1
            AND NOT EXISTS (SELECT 1 FROM payment_adjustments AS a WHERE a.payment = payments.sequence AND a.number > @AdjustmentCount);
        """;

    public static string Find { get; } = Read("payments AS p", "WHERE p.id_hash = @IdHash ORDER BY a.number");

    /// <summary>The next <c>@Take</c> payments behind a place, newest or oldest first; the database says how rows are limited.</summary>
    public static string Page(bool ascending, Func<string, string> take)
    {
        // Two seeks of the index: an OR of them would read every payment of the same instant from its beginning.
        var (beyond, order) = ascending ? (">", "") : ("<", " DESC");
        var sameInstant = take($"SELECT q.created_at, q.sequence FROM payments AS q WHERE q.created_at = @At AND q.sequence {beyond} @Sequence ORDER BY q.sequence{order}");
        var otherInstants = take($"SELECT q.created_at, q.sequence FROM payments AS q WHERE q.created_at {beyond} @At ORDER BY q.created_at{order}, q.sequence{order}");
        var page = take(
            $"""
            SELECT u.sequence
            FROM (SELECT s.created_at, s.sequence FROM ({sameInstant}) AS s UNION ALL SELECT o.created_at, o.sequence FROM ({otherInstants}) AS o) AS u
            ORDER BY u.created_at{order}, u.sequence{order}
            """);
        return Read(
            $"({page}) AS page INNER JOIN payments AS p ON p.sequence = page.sequence",
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
