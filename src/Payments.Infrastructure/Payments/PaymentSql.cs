using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

/// <summary>The statements on payments, the same on both databases. Amounts cross as text: SQL Server converts them to <c>decimal(38,0)</c>
/// and back exactly, SQLite keeps the text. The unique key <c>uq_payments_id</c> and the revision decide every race.</summary>
internal static class PaymentSql
{
    /// <summary>Item n adds a payment with n entries of metadata, which have two hashes each. The last item adds any number.</summary>
    public static IReadOnlyList<string> Add(ISqlDialect dialect) =>
    [
        .. from count in Enumerable.Range(0, dialect.MaxSingleEntries + 1)
           select Add(dialect, string.Concat(from number in Enumerable.Range(0, 2 * count) select AddHash(dialect, number))),
        Add(dialect, AddHashes(dialect)),
    ];

    // One row of VALUES instead of a SELECT: SQLite would copy every page that a SELECT's rows change, in case a later row failed.
    // The sequence of a connector that is not installed is 0, which violates the foreign key.
    private static string Add(ISqlDialect dialect, string entries) =>
        $"""
        INSERT INTO payments
            (id_hash, connector, reference, reference_start, type, scheme, asset,
             source_account_id, source_account_hash, destination_account_id, destination_account_hash,
             created_at, initial_amount, amount, status, metadata, revision)
        VALUES
            (@IdHash, (SELECT COALESCE(MAX(c.sequence), 0) FROM connectors AS c WHERE c.id_hash = @ConnectorHash),
             @Reference, SUBSTRING(@Reference, 1, 64), @Type, @Scheme, @Asset,
             @SourceAccountId, @SourceAccountHash, @DestinationAccountId, @DestinationAccountHash,
             @CreatedAt, @InitialAmount, @Amount, @Status, @Metadata, 0);

        {entries}
        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
        VALUES (({dialect.InsertedPayment}), 1, @Reference, @CreatedAt, @Status, @InitialAmount, @AdjustmentRaw);

        INSERT INTO events (payment, {EventColumns.Names})
        VALUES (({dialect.NewPayment}), {EventColumns.Values});
        """;

    private static string AddHash(ISqlDialect dialect, int number) =>
        $"""
        INSERT INTO payment_metadata (entry_hash, created_at, payment)
        VALUES (SUBSTRING(@Added, {(16 * number) + 1}, 16), @CreatedAt, ({dialect.InsertedPayment}));

        """;

    private static string AddHashes(ISqlDialect dialect) =>
        $"""
        INSERT INTO payment_metadata (entry_hash, created_at, payment)
        SELECT SUBSTRING(@Added, 16 * n.number + 1, 16), @CreatedAt, ({dialect.InsertedPayment})
        FROM numbers AS n
        WHERE n.number < @AddedCount;

        """;

    // The statements of a change run in one transaction. The first one takes the revision, and the others find last_change only if it did. It
    // updates the payment's row first, in the order in which Find reads, so that on SQL Server the two never deadlock.
    // Most adjustments change only these columns, and few indexes contain them.
    private const string UpdateStatus =
        """
        UPDATE payments
        SET status = @Status, amount = @Amount, revision = @Revision, last_change = @Change
        WHERE id_hash = @IdHash AND revision = @Revision - 1;
        """;

    private const string UpdateAll =
        """
        UPDATE payments
        SET scheme = @Scheme,
            source_account_id = @SourceAccountId, source_account_hash = @SourceAccountHash,
            destination_account_id = @DestinationAccountId, destination_account_hash = @DestinationAccountHash,
            created_at = @CreatedAt, initial_amount = @InitialAmount, amount = @Amount, status = @Status,
            metadata = @Metadata, reported_metadata = @ReportedMetadata, edited_metadata_keys = @EditedMetadataKeys,
            revision = @Revision, last_change = @Change
        WHERE id_hash = @IdHash AND revision = @Revision - 1;
        """;

    private const string AddAdjustment =
        """
        INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw, reference_hash)
        SELECT p.sequence, @Number, @AdjustmentReference, @AdjustmentCreatedAt, @AdjustmentStatus, @AdjustmentAmount, @AdjustmentRaw, @AdjustmentReferenceHash
        FROM payments AS p
        WHERE p.id_hash = @IdHash AND p.last_change = @Change;
        """;

    // Every entry repeats createdAt.
    private const string ReplaceEntries =
        """
        DELETE FROM payment_metadata
        WHERE created_at = @OldCreatedAt
            AND payment = (SELECT p.sequence FROM payments AS p WHERE p.id_hash = @IdHash AND p.last_change = @Change)
            AND entry_hash IN (SELECT SUBSTRING(@Removed, 16 * n.number + 1, 16) FROM numbers AS n WHERE n.number < @RemovedCount);

        INSERT INTO payment_metadata (entry_hash, created_at, payment)
        SELECT SUBSTRING(@Added, 16 * n.number + 1, 16), p.created_at, p.sequence
        FROM payments AS p
        INNER JOIN numbers AS n ON n.number < @AddedCount
        WHERE p.id_hash = @IdHash AND p.last_change = @Change;
        """;

    private const string AddChangeEvent =
        $"""
        INSERT INTO events (payment, {EventColumns.Names})
        SELECT p.sequence, {EventColumns.Values}
        FROM payments AS p
        WHERE p.id_hash = @IdHash AND p.last_change = @Change;
        """;

    public const string Adjust = UpdateStatus + "\n" + AddAdjustment + "\n" + AddChangeEvent;
    public const string AdjustAll = UpdateAll + "\n" + AddAdjustment + "\n" + AddChangeEvent;
    public const string AdjustAllAndEntries = UpdateAll + "\n" + AddAdjustment + "\n" + ReplaceEntries + "\n" + AddChangeEvent;
    public const string UpdateAllAndEntries = UpdateAll + "\n" + ReplaceEntries + "\n" + AddChangeEvent;

    public const string FindPosition =
        """
        SELECT p.created_at AS CreatedAt, p.sequence AS Sequence, a.created_at AS FirstCreatedAt
        FROM payments AS p
        INNER JOIN payment_adjustments AS a ON a.payment = p.sequence AND a.number = 1
        WHERE p.id_hash = @IdHash;
        """;

    public static string Find { get; } = Read("payments AS p", "INNER", "p.created_at", "WHERE p.id_hash = @IdHash ORDER BY a.number");

    /// <summary>The number of the first column of the adjustment, after those of the payment.</summary>
    public const int AdjustmentColumn = 17;

    /// <summary>Reads the payments whose <c>created_at</c> and <c>sequence</c> the SELECT <paramref name="keys"/> finds, in the order of the list.</summary>
    public static string Page(string keys, bool ascending)
    {
        var order = PageStart.Direction(ascending).Order;
        return Read(
            $"({keys}) AS page INNER JOIN payments AS p ON p.sequence = page.sequence",
            "INNER",
            "page.created_at",
            $"ORDER BY page.created_at{order}, page.sequence{order}, a.number");
    }

    /// <summary><see cref="Page"/> for SQLite, which would sort the rows with their raws. It runs CROSS JOINs as nested loops in the order of
    /// the text, so the rows come in the order of <paramref name="keys"/>, and those of a payment in the order of <c>uq_payment_adjustments_number</c>.</summary>
    public static string PageInOrder(string keys) =>
        Read($"({keys}) AS page CROSS JOIN payments AS p ON p.sequence = page.sequence", "CROSS", "page.created_at", "");

    /// <summary>Reads payments without the raws of their adjustments.</summary>
    public static string WithoutRaws(string rest) => Read("payments AS p", "INNER", "p.created_at", rest, raw: "''");

    private static string Read(string payments, string join, string createdAt, string rest, string raw = "a.raw") =>
        $"""
        SELECT
            p.sequence AS Sequence,
            {createdAt} AS CreatedAt,
            c.provider AS Provider,
            c.reference AS ConnectorReference,
            p.reference AS Reference,
            p.type AS Type,
            p.status AS Status,
            CAST(p.initial_amount AS varchar(38)) AS InitialAmount,
            CAST(p.amount AS varchar(38)) AS Amount,
            p.scheme AS Scheme,
            p.asset AS Asset,
            p.source_account_id AS SourceAccountId,
            p.destination_account_id AS DestinationAccountId,
            p.metadata AS Metadata,
            p.reported_metadata AS ReportedMetadata,
            p.edited_metadata_keys AS EditedMetadataKeys,
            p.revision AS Revision,
            a.reference AS Reference,
            a.created_at AS CreatedAt,
            a.status AS Status,
            CAST(a.amount AS varchar(38)) AS Amount,
            {raw} AS Raw
        FROM {payments}
        {join} JOIN connectors AS c ON c.sequence = p.connector
        {join} JOIN payment_adjustments AS a ON a.payment = p.sequence
        {rest};
        """;

    /// <summary>The parameters of every statement that writes a payment.</summary>
    /// <param name="payment">The payment as it will be stored.</param>
    /// <param name="ids">Its ids.</param>
    /// <param name="stored">The payment as it is stored; null for a new one.</param>
    /// <param name="removed">The hashes of the metadata entries to remove.</param>
    /// <param name="added">The hashes of the metadata entries to add.</param>
    public static object Parameters(Payment payment, PaymentIds ids, Payment? stored, byte[] removed, byte[] added)
    {
        var details = payment.Details;
        var metadata = payment.ReportedMetadata;
        var adjustment = payment.LastAdjustment;
        return new
        {
            IdHash = ids.Hash,
            ConnectorHash = stored is null ? IdHash.OfText(ids.Connector) : null,
            Reference = payment.Reference.Text,
            Type = WireName<PaymentType>.Of(payment.Type),
            Scheme = WireName<PaymentScheme>.Of(details.Scheme),
            Asset = details.Asset.Code,
            SourceAccountId = ids.SourceAccount,
            SourceAccountHash = Hash(ids.SourceAccount),
            DestinationAccountId = ids.DestinationAccount,
            DestinationAccountHash = Hash(ids.DestinationAccount),
            CreatedAt = payment.CreatedAt.Utc,
            OldCreatedAt = stored?.CreatedAt.Utc,
            InitialAmount = payment.InitialAmount.ToPaddedString(),
            Amount = payment.Amount.ToPaddedString(),
            Status = WireName<PaymentStatus>.Of(payment.Status),
            Metadata = payment.Metadata.ToJson(),
            ReportedMetadata = metadata.Edits.Count == 0 ? null : metadata.Reported.ToJson(),
            EditedMetadataKeys = metadata.Edits.Count == 0 ? null : JsonSerializer.Serialize(metadata.Edits.Keys),
            payment.Revision,
            Change = stored is null ? null : Guid.NewGuid().ToByteArray(),
            Removed = removed,
            RemovedCount = MetadataEntry.Count(removed),
            Added = added,
            AddedCount = MetadataEntry.Count(added),
            Number = payment.AdjustmentCount,
            AdjustmentReference = adjustment.Reference.Text,
            AdjustmentCreatedAt = adjustment.CreatedAt.Utc,
            AdjustmentStatus = WireName<PaymentStatus>.Of(adjustment.Status),
            AdjustmentAmount = adjustment.Amount.ToPaddedString(),
            AdjustmentRaw = adjustment.Raw.Text,
            AdjustmentReferenceHash = adjustment.Reference == payment.Reference ? null : ReferenceHash.OfAdjustment(adjustment.Reference.Text),
        };
    }

    private static byte[]? Hash(string? id) => id is null ? null : IdHash.OfText(id);
}
