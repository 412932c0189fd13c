using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Payments.Client;

namespace EventConsumer;

/// <summary>Keeps the number and the amount of payments by day, asset and status.</summary>
internal sealed partial class DailyTotals(IPaymentsClient payments, IConfiguration configuration, ILogger<DailyTotals> logger) : BackgroundService
{
    private const string Schema =
        """
        CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT, number INTEGER NOT NULL);
        INSERT OR IGNORE INTO position VALUES (1, NULL, 0);
        CREATE TABLE IF NOT EXISTS total (
            day TEXT, asset TEXT, status TEXT, payments INTEGER NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (day, asset, status));
        """;

    private static readonly EventKind[] Kinds = [EventKind.PaymentCreated, EventKind.PaymentAdjusted];
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var database = new SqliteConnection($"Data Source={configuration["TotalsFile"] ?? "totals.db"}");
        database.Open();
        database.Execute(Schema);
        while (true)
        {
            var (epoch, number) = database.QuerySingle<(string?, long)>("SELECT epoch, number FROM position");
            try
            {
                await FollowAsync(database, new EventPosition(epoch, number), stoppingToken);
            }
            catch (FeedRestartedException e)
            {
                // The totals contain events that the restored record may not have, so count again.
                LogRestarted(e.LastPosition);
                database.Execute("BEGIN IMMEDIATE; DELETE FROM total; UPDATE position SET epoch = NULL, number = 0; COMMIT");
            }
        }
    }

    private async Task FollowAsync(SqliteConnection database, EventPosition position, CancellationToken cancellationToken)
    {
        await foreach (var page in payments.ReadEventPagesAsync(position, Kinds, cancellationToken))
        {
            // The totals and the position are stored together or not at all. So after a crash, no event is missing and none counts twice.
            using var transaction = database.BeginTransaction();
            foreach (var read in page.Events)
            {
                var payment = read.Data.Payment!;
                if (read.Type == EventKind.PaymentAdjusted)
                {
                    Add(
                        transaction,
                        Before(read, "createdAt") is { } createdAt ? createdAt.GetDateTimeOffset() : payment.CreatedAt,
                        payment.Asset,
                        Before(read, "status") is { } status ? status.Deserialize<PaymentStatus>(Json) : payment.Status,
                        -1,
                        Before(read, "amount") is { } amount ? BigInteger.Parse(amount.GetRawText(), CultureInfo.InvariantCulture) : payment.Amount);
                }

                Add(transaction, payment.CreatedAt, payment.Asset, payment.Status, 1, payment.Amount);
            }

            Move(transaction, position, page.Position);
            transaction.Commit();
            position = page.Position;
            LogRead(page.Events.Count, position);
        }
    }

    // Payments has the value after the change. The value before it is in the changes if it was another one.
    private static JsonElement? Before(Event read, string member) =>
        read.Data.Changes is { } changes && changes.TryGetValue(member, out var change) ? (JsonElement)change.From! : null;

    // An amount has up to 38 digits, so SQLite cannot add it.
    private static void Add(SqliteTransaction transaction, DateTimeOffset createdAt, string asset, PaymentStatus status, int sign, BigInteger amount)
    {
        var key = new { day = createdAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), asset, status = $"{status}" };
        var database = transaction.Connection!;
        var before = database.QuerySingleOrDefault<string>(
            "SELECT amount FROM total WHERE day = @day AND asset = @asset AND status = @status", key, transaction);
        var after = BigInteger.Parse(before ?? "0", CultureInfo.InvariantCulture) + (sign * amount);
        database.Execute(
            """
            INSERT INTO total VALUES (@day, @asset, @status, @sign, @amount)
            ON CONFLICT DO UPDATE SET payments = payments + @sign, amount = @amount
            """,
            new { key.day, key.asset, key.status, sign, amount = after.ToString(CultureInfo.InvariantCulture) },
            transaction);
    }

    private static void Move(SqliteTransaction transaction, EventPosition from, EventPosition to)
    {
        var moved = transaction.Connection!.Execute(
            "UPDATE position SET epoch = @Epoch, number = @Number WHERE epoch IS @fromEpoch AND number = @fromNumber",
            new { to.Epoch, to.Number, fromEpoch = from.Epoch, fromNumber = from.Number },
            transaction);
        if (moved == 0)
        {
            throw new InvalidOperationException("Another process writes to the same file. Give each consumer its own TotalsFile.");
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Counted {Events} events up to {Position}")]
    private partial void LogRead(int events, EventPosition position);

    [LoggerMessage(2, LogLevel.Warning, "The event record restarted and ends at {LastPosition}. Counting all of it again")]
    private partial void LogRestarted(EventPosition lastPosition);
}
