using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.SqlServer;

/// <summary>Gives committed events their positions and chains their hashes. An identity column is drawn before the commit, so a late commit
/// would get a position that readers have already passed. One instance at a time does this, and another one goes on if it stops.</summary>
internal sealed partial class EventSealing : BackgroundService
{
    private const int BatchLimit = 1000;
    private const long NoEvent = long.MaxValue;
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Locks out other instances until the commit, or returns 0 as the last sequence. The last sequence is read before the events: a
    /// statement that read both could see a payment's later event and not the earlier one that was committed in between.</summary>
    internal const string Begin =
        """
        DECLARE @result int;
        EXEC @result = sp_getapplock @Resource = 'payments.events', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 0;
        SELECT
            CASE WHEN @result >= 0 THEN COALESCE(MAX(e.sequence), 0) ELSE 0 END AS Last,
            (SELECT o.at FROM events AS o WHERE o.position IS NULL ORDER BY o.sequence OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY) AS OldestAt
        FROM events AS e
        WHERE e.position IS NULL;
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

    private readonly Func<SqlServerConnections> _connections;
    private readonly EventSignal _signal;
    private readonly DatabaseOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<EventSealing> _logger;
    private readonly Meter _meter = new("Payments");
    private long _oldestAt = NoEvent;

    public EventSealing(Func<SqlServerConnections> connections, EventSignal signal, IOptions<DatabaseOptions> options, TimeProvider clock, ILogger<EventSealing> logger)
    {
        (_connections, _signal, _options, _clock, _logger) = (connections, signal, options.Value, clock, logger);
        _meter.CreateObservableGauge("payments.events.sealing.lag", Lag, "s", "Age of the oldest event without a position.");
    }

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

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.IsSqlite)
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
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The next attempt seals the same events. A fault that lasts is logged once.
                if (fault != e.Message)
                {
                    LogFault(_logger, e);
                    fault = e.Message;
                }
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(sealedEvents > 0 ? BusyInterval : IdleInterval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<int> SealBatchAsync(CancellationToken stop)
    {
        await using var connection = _connections().Create();
        await connection.OpenAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        var unsealed = await connection.QuerySingleAsync<Unsealed>(new CommandDefinition(Begin, null, transaction, cancellationToken: stop));
        Volatile.Write(ref _oldestAt, unsealed.OldestAt ?? NoEvent);
        if (unsealed.Last == 0)
        {
            return 0;
        }

        var head = await connection.QuerySingleOrDefaultAsync<EventHead>(new CommandDefinition(EventHeadSql.Find, null, transaction, cancellationToken: stop)) ?? EventHead.Empty;
        var rows = (await connection.QueryAsync<UnsealedRow>(new CommandDefinition(FindUnsealed, new { unsealed.Last, Take = BatchLimit }, transaction, cancellationToken: stop))).AsList();
        var sealedEvents = new List<object>(rows.Count);
        foreach (var row in rows)
        {
            head = head.Next(row.Hash);
            sealedEvents.Add(new { sequence = row.Sequence, position = head.Position, hash = Convert.ToHexString(head.Hash) });
        }

        await connection.ExecuteAsync(new CommandDefinition(Seal, new { Sealed = JsonSerializer.Serialize(sealedEvents) }, transaction, cancellationToken: stop));
        await transaction.CommitAsync(stop);
        _signal.Set(head.Position);
        return rows.Count;
    }

    [LoggerMessage(1, LogLevel.Warning, "Events cannot be given their positions yet; the feed and the webhooks wait")]
    private static partial void LogFault(ILogger logger, Exception exception);

    // Known from the last attempt, so it grows while attempts fail. On SQLite, events have their positions when they are committed.
    private double Lag() => Volatile.Read(ref _oldestAt) is < NoEvent and var at
        ? Math.Max((_clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(at)).TotalSeconds, 0)
        : 0;

    /// <param name="Last">The last sequence; 0 if there is none or another instance seals.</param>
    /// <param name="OldestAt">The time of the first unsealed event.</param>
    private sealed record Unsealed(long Last, long? OldestAt);

    private sealed class UnsealedRow
    {
        public required long Sequence { get; init; }
        public required byte[] Hash { get; init; }
    }
}
