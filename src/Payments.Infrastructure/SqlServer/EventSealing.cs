using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.SqlServer;

/// <summary>Gives committed events their positions and chains their hashes. An identity column is drawn before the commit, so a late commit
/// would get a position that readers have already passed. One instance at a time does this, and another one goes on if it stops.</summary>
internal sealed partial class EventSealing(
    SqlServerConnections connections, EventSignal signal, IOptions<DatabaseOptions> options, TimeProvider clock, ILogger<EventSealing> logger) : BackgroundService
{
    private const int BatchLimit = 1000;
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Locks out other instances until the commit, or returns no row. The last sequence is read before the events: a statement that
    /// read both could see a payment's later event and not the earlier one that was committed meanwhile.</summary>
    internal const string Begin =
        """
        DECLARE @result int;
        EXEC @result = sp_getapplock @Resource = 'payments.events', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 0;
        SELECT COALESCE(MAX(e.sequence), 0) AS Sequence FROM events AS e WHERE e.position IS NULL HAVING @result >= 0;
        """;

    internal const string FindUnsealed =
        """
        SELECT e.sequence AS Sequence, e.hash AS Hash
        FROM events AS e
        WHERE e.position IS NULL AND e.sequence <= @Last
        ORDER BY e.sequence
        OFFSET 0 ROWS FETCH NEXT @Take ROWS ONLY;
        """;

    internal const string Seal =
        """
        UPDATE e
        SET position = sealed.position, hash = CONVERT(binary(32), sealed.hash, 2)
        FROM events AS e
        INNER JOIN OPENJSON(@Sealed) WITH (sequence bigint, position bigint, hash char(64)) AS sealed ON sealed.sequence = e.sequence
        WHERE e.position IS NULL;
        """;

    /// <summary>Seals events until none is left.</summary>
    /// <returns>How many were sealed.</returns>
    public async Task<int> SealAsync(CancellationToken stop)
    {
        var count = 0;
        while (await SealBatchAsync(stop) is > 0 and var batch)
        {
            count += batch;
        }

        return count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.IsSqlite)
        {
            return; // its writer assigns positions when it commits
        }

        string? fault = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var sealedEvents = 0;
            try
            {
                sealedEvents = await SealAsync(stoppingToken);
                fault = null;
            }
            catch (Exception e) when (e is SqlException or InvalidOperationException && !stoppingToken.IsCancellationRequested)
            {
                // The next attempt seals the same events. A fault that lasts is logged once.
                if (fault != e.Message)
                {
                    LogFault(logger, e);
                    fault = e.Message;
                }
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(sealedEvents > 0 ? BusyInterval : IdleInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<int> SealBatchAsync(CancellationToken stop)
    {
        await using var connection = connections.Create();
        await connection.OpenAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        if (await connection.QuerySingleOrDefaultAsync<long?>(new CommandDefinition(Begin, null, transaction, cancellationToken: stop)) is not (> 0 and var last))
        {
            return 0;
        }

        var head = await connection.QuerySingleOrDefaultAsync<EventHead>(new CommandDefinition(EventHeadSql.Find, null, transaction, cancellationToken: stop)) ?? EventHead.Empty;
        var rows = (await connection.QueryAsync<UnsealedRow>(new CommandDefinition(FindUnsealed, new { Last = last, Take = BatchLimit }, transaction, cancellationToken: stop))).AsList();
        var sealedEvents = new List<object>(rows.Count);
        foreach (var row in rows)
        {
            head = head.Next(row.Hash);
            sealedEvents.Add(new { sequence = row.Sequence, position = head.Position, hash = Convert.ToHexString(head.Hash) });
        }

        await connection.ExecuteAsync(new CommandDefinition(Seal, new { Sealed = JsonSerializer.Serialize(sealedEvents) }, transaction, cancellationToken: stop));
        await transaction.CommitAsync(stop);
        signal.Set(head.Position);
        return rows.Count;
    }

    [LoggerMessage(1, LogLevel.Warning, "Events cannot be given their positions yet; the feed and the webhooks wait")]
    private static partial void LogFault(ILogger logger, Exception exception);

    private sealed class UnsealedRow
    {
        public required long Sequence { get; init; }
        public required byte[] Hash { get; init; }
    }
}
