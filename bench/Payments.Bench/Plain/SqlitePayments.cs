using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Payments.Domain.Connectors;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Sqlite;

namespace Payments.Bench.Plain;

/// <summary>
/// The service's own schema with all its rows and indexes, WAL and <c>synchronous=FULL</c> (SQLite's default), through the driver's pool of
/// connections and Dapper. A transaction takes the write lock when it begins, because taking it later could fail; it waits up to 5 seconds for
/// the lock. A unique key decides whether a payment is already stored.
/// </summary>
internal sealed class SqlitePayments(string file) : IPlainPayments
{
    private const int UniqueKeyTaken = 2067;

    private readonly string _connectionString = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true }.ToString();

    public async Task PrepareAsync(string connectorId)
    {
        new DatabaseSchema(new SqliteFile(_connectionString, Path.GetDirectoryName(file)!)).CreateIfMissing();
        var id = ConnectorId.TryParse(connectorId, out var read) ? read : throw new FormatException(connectorId);
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(
            """
            INSERT INTO connectors (id_hash, provider, reference, name, name_key, installed_at)
            VALUES (@IdHash, @Provider, @Reference, 'bench', 'bench', @Now)
            """,
            new { IdHash = Hash(connectorId), Provider = id.Provider.Id, Reference = id.Reference.ToString(), Now = DateTime.UtcNow });
    }

    public async Task<(PlainPayment Payment, bool Replayed)> AddAsync(PlainRequest request)
    {
        var payment = PlainPayment.From(request);
        try
        {
            await using var connection = await OpenAsync();
            await using var transaction = connection.BeginTransaction();
            var metadata = JsonSerializer.Serialize(payment.Metadata);
            var sequence = await connection.QuerySingleAsync<long>(
                """
                INSERT INTO payments
                    (id_hash, connector, reference, reference_start, type, scheme, asset,
                     source_account_id, source_account_hash, destination_account_id, destination_account_hash,
                     created_at, initial_amount, amount, status, metadata, revision)
                SELECT
                    @IdHash, sequence, @Reference, substr(@Reference, 1, 64), @Type, @Scheme, @Asset,
                    @SourceAccountId, @SourceAccountHash, @DestinationAccountId, @DestinationAccountHash,
                    @CreatedAt, @Amount, @Amount, @Status, @Metadata, 0
                FROM connectors
                WHERE id_hash = @ConnectorHash
                RETURNING sequence
                """,
                new
                {
                    IdHash = Hash(payment.Id),
                    ConnectorHash = Hash(payment.ConnectorId),
                    payment.Reference,
                    payment.Type,
                    payment.Scheme,
                    payment.Asset,
                    request.SourceAccountId,
                    SourceAccountHash = request.SourceAccountId is null ? null : Hash(request.SourceAccountId),
                    request.DestinationAccountId,
                    DestinationAccountHash = request.DestinationAccountId is null ? null : Hash(request.DestinationAccountId),
                    payment.CreatedAt,
                    Amount = Padded(payment.Amount),
                    payment.Status,
                    Metadata = metadata,
                },
                transaction);
            await connection.ExecuteAsync(
                """
                INSERT INTO payment_adjustments (payment, number, reference, created_at, status, amount, raw)
                VALUES (@Sequence, 1, @Reference, @CreatedAt, @Status, @Amount, @Raw)
                """,
                new { Sequence = sequence, payment.Reference, payment.CreatedAt, payment.Status, Amount = Padded(payment.Amount), Raw = payment.Raw.GetRawText() },
                transaction);
            await connection.ExecuteAsync(
                "INSERT INTO payment_metadata (entry_hash, created_at, payment) VALUES (@Hash, @CreatedAt, @Sequence)",
                Entries(payment.Metadata).Select(hash => new { Hash = hash, payment.CreatedAt, Sequence = sequence }),
                transaction);
            await transaction.CommitAsync();
            return (payment, false);
        }
        catch (SqliteException e) when (e.SqliteExtendedErrorCode == UniqueKeyTaken)
        {
            return ((await FindAsync(payment.Id))!, true);
        }
    }

    public async Task<PlainPayment?> FindAsync(string id)
    {
        await using var connection = await OpenAsync();
        return Payments(await connection.QueryAsync<Row>($"{Row.Select} WHERE p.id_hash = @IdHash", new { IdHash = Hash(id) })).FirstOrDefault();
    }

    public async Task<IReadOnlyList<PlainPayment>> ListAsync(int count, string? status, string? scheme)
    {
        await using var connection = await OpenAsync();
        var where = status is null || scheme is null ? "" : "WHERE status = @status AND scheme = @scheme";
        return Payments(await connection.QueryAsync<Row>(
            $"""
            {Row.Select}
            WHERE p.sequence IN (SELECT sequence FROM payments {where} ORDER BY created_at DESC, sequence DESC LIMIT @count)
            ORDER BY p.created_at DESC, p.sequence DESC
            """,
            new { count, status, scheme }));
    }

    public async IAsyncEnumerable<PlainPayment> ExportAsync()
    {
        await using var connection = await OpenAsync();
        var rows = new List<Row>();
        await foreach (var row in connection.QueryUnbufferedAsync<Row>($"{Row.Select} ORDER BY p.created_at DESC, p.sequence DESC"))
        {
            if (rows.Count > 0 && rows[0].Sequence != row.Sequence)
            {
                yield return Row.ToPayment(rows);
                rows.Clear();
            }

            rows.Add(row);
        }

        if (rows.Count > 0)
        {
            yield return Row.ToPayment(rows);
        }
    }

    private static List<PlainPayment> Payments(IEnumerable<Row> rows) => [.. rows.GroupBy(row => row.Sequence).Select(Row.ToPayment)];

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("PRAGMA busy_timeout = 5000");
        return connection;
    }

    private static byte[] Hash(string id) => SHA256.HashData(Encoding.ASCII.GetBytes(id));

    private static string Padded(long amount) => amount.ToString("D38", CultureInfo.InvariantCulture);

    private static IEnumerable<byte[]> Entries(Dictionary<string, string> metadata) =>
        from entry in metadata
        from text in (string[])[$":{entry.Key}", $"{entry.Key.Length}:{entry.Key}{entry.Value}"]
        select SHA256.HashData(Encoding.Unicode.GetBytes(text))[..16];

    private sealed class Row
    {
        public const string Select =
            """
            SELECT p.sequence AS Sequence, c.provider AS Provider, c.reference AS ConnectorReference, p.reference AS Reference, p.type AS Type,
                p.scheme AS Scheme, p.asset AS Asset, p.source_account_id AS SourceAccountId, p.destination_account_id AS DestinationAccountId,
                p.created_at AS CreatedAt, p.initial_amount AS InitialAmount, p.amount AS Amount, p.status AS Status, p.metadata AS Metadata,
                a.reference AS AdjustmentReference, a.created_at AS AdjustmentCreatedAt, a.status AS AdjustmentStatus,
                a.amount AS AdjustmentAmount, a.raw AS AdjustmentRaw
            FROM payments AS p
            JOIN connectors AS c ON c.sequence = p.connector
            JOIN payment_adjustments AS a ON a.payment = p.sequence
            """;

        public required long Sequence { get; init; }

        public required string Provider { get; init; }

        public required string ConnectorReference { get; init; }

        public required string Reference { get; init; }

        public required string Type { get; init; }

        public required string Scheme { get; init; }

        public required string Asset { get; init; }

        public string? SourceAccountId { get; init; }

        public string? DestinationAccountId { get; init; }

        public required DateTime CreatedAt { get; init; }

        public required string InitialAmount { get; init; }

        public required string Amount { get; init; }

        public required string Status { get; init; }

        public required string Metadata { get; init; }

        public required string AdjustmentReference { get; init; }

        public required DateTime AdjustmentCreatedAt { get; init; }

        public required string AdjustmentStatus { get; init; }

        public required string AdjustmentAmount { get; init; }

        public required string AdjustmentRaw { get; init; }

        public static PlainPayment ToPayment(IEnumerable<Row> rows)
        {
            var adjustments = rows.ToList();
            var row = adjustments[0];
            var connectorId = System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
                $$"""{"Provider":"{{row.Provider}}","Reference":"{{row.ConnectorReference}}"}"""));
            return new()
            {
                Id = PlainPayment.IdOf(connectorId, row.Reference, row.Type),
                Reference = row.Reference,
                SourceAccountId = row.SourceAccountId ?? "",
                DestinationAccountId = row.DestinationAccountId ?? "",
                ConnectorId = connectorId,
                Provider = row.Provider.ToUpperInvariant(),
                Type = row.Type,
                Status = row.Status,
                InitialAmount = Number(row.InitialAmount),
                Amount = Number(row.Amount),
                Scheme = row.Scheme,
                Asset = row.Asset,
                CreatedAt = Utc(row.CreatedAt),
                Raw = Json(adjustments[0].AdjustmentRaw),
                Adjustments =
                [
                    .. adjustments.Select(step => new PlainAdjustment(
                        step.AdjustmentReference, Utc(step.AdjustmentCreatedAt), step.AdjustmentStatus, Number(step.AdjustmentAmount), Json(step.AdjustmentRaw)))
                ],
                Metadata = JsonSerializer.Deserialize<Dictionary<string, string>>(row.Metadata)!,
            };
        }

        private static long Number(string padded) => long.Parse(padded, CultureInfo.InvariantCulture);

        private static DateTime Utc(DateTime stored) => DateTime.SpecifyKind(stored, DateTimeKind.Utc);

        private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
    }
}
