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
             created_at, initial_amount, amount, status, metadata)
        SELECT
            @IdHash, c.sequence, @Reference, @Type, @Scheme, @Asset,
            @SourceAccountId, @SourceAccountHash, @DestinationAccountId, @DestinationAccountHash,
            @CreatedAt, @Amount, @Amount, @Status, @Metadata
        FROM connectors AS c
        WHERE c.id_hash = @ConnectorHash;

        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
        SELECT p.sequence, 1, @Reference, @CreatedAt, @Status, @Amount, @Raw
        FROM payments AS p
        WHERE p.id_hash = @IdHash;
        """;

    public const string Append =
        """
        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
        SELECT p.sequence, @Number, @Reference, @CreatedAt, @Status, @Amount, @Raw
        FROM payments AS p
        WHERE p.id_hash = @IdHash;

        UPDATE payments
        SET status = @PaymentStatus, amount = @PaymentAmount
        WHERE id_hash = @IdHash;
        """;

    public const string Find =
        """
        SELECT
            p.scheme AS Scheme,
            p.asset AS Asset,
            p.source_account_id AS SourceAccountId,
            p.destination_account_id AS DestinationAccountId,
            p.metadata AS Metadata,
            a.reference AS AdjustmentReference,
            a.created_at AS AdjustmentCreatedAt,
            a.status AS AdjustmentStatus,
            CAST(a.amount AS varchar(38)) AS AdjustmentAmount,
            a.raw AS AdjustmentRaw
        FROM payments AS p
        INNER JOIN payment_adjustments AS a ON a.payment = p.sequence
        WHERE p.id_hash = @IdHash
        ORDER BY a.number;
        """;
}
