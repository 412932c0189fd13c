using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using Payments.Application.Totals;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Totals;

internal sealed class PaymentTotals(IDatabase database, ISqlDialect dialect) : IPaymentTotals
{
    // The position while rows of an earlier count are left.
    private const long Clearing = -1;

    private readonly string _findFirst = TotalsSql.FindFirst(dialect);
    private readonly string _find = TotalsSql.Find(dialect);
    private readonly string _save = TotalsSql.Save(dialect);

    /// <summary>How many events a page has.</summary>
    internal int MaxEvents { get; init; } = 5000;

    public async Task<TotalsProgress> AdvanceAsync(CancellationToken cancellationToken)
    {
        var head = await FindHeadAsync(cancellationToken);
        if (head.CountedEpoch != head.Epoch || head.Counted > head.Last)
        {
            // A restored database. Its totals can count events that it does not have.
            return new(Clearing, head.Last, null, LostRace: !await ClearAsync(head, cancellationToken));
        }

        if (head.Counted == Clearing)
        {
            return await ClearSomeAsync(head, cancellationToken);
        }

        if (head.Counted == head.Last)
        {
            return new(head.Counted, head.Last, null, LostRace: false);
        }

        var next = Math.Min(head.Last, head.Counted + MaxEvents);
        var changes = await database.ReadAsync(
            TotalsSql.FindChanges,
            new { After = head.Counted, Last = next },
            (reader, stop) => TotalsPage.ReadChangesAsync(reader, next - head.Counted, stop),
            cancellationToken);
        var isSaved = await SaveAsync(head, next, changes, cancellationToken);
        var isLast = isSaved && next == head.Last;
        var oldestAt = isLast ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(head.OldestAt!.Value);
        return new(isSaved ? next : head.Counted, head.Last, oldestAt, !isSaved);
    }

    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        while (!await ClearAsync(await FindHeadAsync(cancellationToken), cancellationToken))
        {
        }
    }

    public async Task<IReadOnlyList<AssetTotal>> ListAssetsAsync(CancellationToken cancellationToken) =>
    [
        .. (await database.QueryAsync<AssetRow>(TotalsSql.ListAssets, new { Grain = (int)TotalsGrain.All }, cancellationToken)).Select(
            row => new AssetTotal(StoredValue.Read<Asset>(row.Asset), WireName<PaymentType>.Parse(row.Type), row.PaymentCount)),
    ];

    public Task<Overview> ReadAsync(Asset asset, PaymentType type, DateOnly firstDay, DateOnly lastDay, CancellationToken cancellationToken)
    {
        // The months that are completely in the window, and the days before and after them.
        var (firstMonth, monthsEnd) = (FirstOfMonth(firstDay.AddDays(-1)).AddMonths(1), FirstOfMonth(lastDay.AddDays(1)));
        var hasMonths = firstMonth < monthsEnd;
        var parameters = new
        {
            Asset = asset.Code,
            Type = WireName<PaymentType>.Of(type),
            EarlierDay = TotalKey.PeriodOf(firstDay.AddDays(firstDay.DayNumber - lastDay.DayNumber - 1)),
            FirstDay = TotalKey.PeriodOf(firstDay),
            LastDay = TotalKey.PeriodOf(lastDay),
            // Without such a month, all days of the window are days before it.
            DaysEnd = hasMonths ? TotalKey.PeriodOf(firstMonth) : int.MaxValue,
            FirstMonth = hasMonths ? TotalKey.MonthOf(firstMonth) : int.MaxValue,
            MonthsEnd = TotalKey.MonthOf(monthsEnd),
            DaysStart = hasMonths ? TotalKey.PeriodOf(monthsEnd) : int.MaxValue,
        };
        return database.ReadAsync(TotalsSql.Read, parameters, (reader, stop) => ReadOverviewAsync(reader, parameters.FirstDay, stop), cancellationToken);

        static DateOnly FirstOfMonth(DateOnly day) => new(day.Year, day.Month, 1);
    }

    private async Task<HeadRow> FindHeadAsync(CancellationToken cancellationToken) =>
        (await database.QueryAsync<HeadRow>(TotalsSql.FindHead, null, cancellationToken))[0];

    private async Task<bool> ClearAsync(HeadRow head, CancellationToken cancellationToken) =>
        await database.WriteAsync(TotalsSql.Clear, new { head.LastChange, Change = NewChange(), Position = Clearing }, cancellationToken) > 0;

    // A year at a time, so that other writes do not wait for long.
    private async Task<TotalsProgress> ClearSomeAsync(HeadRow head, CancellationToken cancellationToken)
    {
        var first = await database.QueryAsync<FirstRow>(_findFirst, new { Take = 1 }, cancellationToken);
        var change = new { head.LastChange, Change = NewChange() };
        var (statement, parameters) = first is [var row]
            ? (TotalsSql.ClearYear, (object)new { change.LastChange, change.Change, row.Grain, row.Asset, row.Type, YearEnd = (row.Period / 10_000 * 10_000) + 10_000 })
            : (TotalsSql.EndClearing, change);
        var isSaved = await database.WriteAsync(statement, parameters, cancellationToken) > 0;
        return new(isSaved && first.Count == 0 ? 0 : Clearing, head.Last, null, !isSaved);
    }

    // The rows that are read are those of the position that is read, unless another instance was faster. Then the statements write nothing.
    private async Task<bool> SaveAsync(HeadRow head, long position, Dictionary<TotalKey, PaymentTotal> changes, CancellationToken cancellationToken)
    {
        var stored = changes.Count == 0 ? [] : await database.QueryAsync<TotalRow>(_find, new { Rows = Json(changes) }, cancellationToken);
        var changed = stored.ToDictionary(row => row.Key, row => row.Total + changes[row.Key]);
        var parameters = new
        {
            Position = position,
            head.LastChange,
            Change = NewChange(),
            Changed = Json(changed),
            Added = Json(changes.Where(change => !changed.ContainsKey(change.Key))),
        };
        return await database.WriteAsync(_save, parameters, cancellationToken) > 0;
    }

    private static byte[] NewChange() => RandomNumberGenerator.GetBytes(16);

    private static string Json(IEnumerable<KeyValuePair<TotalKey, PaymentTotal>> totals)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            foreach (var (key, total) in totals)
            {
                json.WriteStartArray();
                json.WriteNumberValue((int)key.Grain);
                json.WriteStringValue(key.Asset);
                json.WriteStringValue(key.Type);
                json.WriteNumberValue(key.Period);
                json.WriteStringValue(key.Status);
                json.WriteNumberValue(key.Connector);
                json.WriteStringValue(key.Scheme);
                json.WriteNumberValue(total.Count);
                json.WriteStringValue(Text(total.InitialAmount));
                json.WriteStringValue(Text(total.Amount));
                json.WriteStringValue(Text(total.Refunded));
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);

        static string Text(BigInteger sum) => sum.ToString(CultureInfo.InvariantCulture);
    }

    // Most sums are small, and this reads thousands of them.
    internal static BigInteger Sum(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var small)
        ? small : BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static async Task<Overview> ReadOverviewAsync(DbDataReader reader, int firstDay, CancellationToken stop)
    {
        await reader.ReadAsync(stop);
        var (position, last) = (reader.GetInt64(0), reader.GetInt64(1));
        await reader.NextResultAsync(stop);
        var (all, earlier) = (new StatusTotals(), new StatusTotals());
        var days = new SortedDictionary<int, StatusTotals>();
        var connectors = new Dictionary<long, StatusTotals>();
        var schemes = new Dictionary<string, StatusTotals>();
        while (await reader.ReadAsync(stop))
        {
            var status = WireName<PaymentStatus>.Parse(reader.GetString(2));
            var total = new PaymentTotal(reader.GetInt64(5), Sum(reader.GetString(6)), Sum(reader.GetString(7)), Sum(reader.GetString(8)));
            if ((TotalsGrain)reader.GetInt32(0) != TotalsGrain.Day)
            {
                Of(connectors, reader.GetInt64(3)).Add(status, total);
                Of(schemes, reader.GetString(4)).Add(status, total);
            }
            else if (reader.GetInt32(1) < firstDay)
            {
                earlier.Add(status, total);
            }
            else
            {
                all.Add(status, total);
                Of(days, reader.GetInt32(1)).Add(status, total);
            }
        }

        await reader.NextResultAsync(stop);
        var byConnector = reader.Parse<ConnectorRow>().Where(row => connectors.ContainsKey(row.Sequence))
            .Select(row => new GroupTotals<Connector>(row.ToConnector(), connectors[row.Sequence]));
        return new(
            all,
            earlier,
            [.. days.Select(day => new GroupTotals<DateOnly>(TotalKey.DayOf(day.Key), day.Value))],
            InOrder(byConnector),
            InOrder(schemes.Select(scheme => new GroupTotals<PaymentScheme>(WireName<PaymentScheme>.Parse(scheme.Key), scheme.Value))),
            position,
            last);

        static StatusTotals Of<TKey>(IDictionary<TKey, StatusTotals> groups, TKey key) =>
            groups.TryGetValue(key, out var totals) ? totals : groups[key] = new StatusTotals();

        static IReadOnlyList<GroupTotals<TKey>> InOrder<TKey>(IEnumerable<GroupTotals<TKey>> groups) =>
            [.. groups.OrderByDescending(group => group.Totals.Volume.InitialAmount)];
    }

    private sealed class HeadRow
    {
        public required string CountedEpoch { get; init; }
        public required long Counted { get; init; }
        public required byte[] LastChange { get; init; }
        public required string Epoch { get; init; }
        public required long Last { get; init; }
        public long? OldestAt { get; init; }
    }

    private sealed class FirstRow
    {
        public required int Grain { get; init; }
        public required string Asset { get; init; }
        public required string Type { get; init; }
        public required int Period { get; init; }
    }

    private sealed class TotalRow
    {
        public required int Grain { get; init; }
        public required string Asset { get; init; }
        public required string Type { get; init; }
        public required int Period { get; init; }
        public required string Status { get; init; }
        public required long Connector { get; init; }
        public required string Scheme { get; init; }
        public required long PaymentCount { get; init; }
        public required string InitialAmount { get; init; }
        public required string Amount { get; init; }
        public required string Refunded { get; init; }

        public TotalKey Key => new((TotalsGrain)Grain, Asset, Type, Period, Status, Connector, Scheme);
        public PaymentTotal Total => new(PaymentCount, Sum(InitialAmount), Sum(Amount), Sum(Refunded));
    }

    private sealed class AssetRow
    {
        public required string Asset { get; init; }
        public required string Type { get; init; }
        public required long PaymentCount { get; init; }
    }
}

internal static class TotalsSql
{
    public const string FindHead =
        """
        SELECT
            t.epoch AS CountedEpoch, t.position AS Counted, t.last_change AS LastChange, r.epoch AS Epoch,
            (SELECT COALESCE(MAX(e.position), 0) FROM events AS e) AS Last,
            (SELECT e.at FROM events AS e WHERE e.position = t.position + 1) AS OldestAt
        FROM payment_totals_position AS t
        CROSS JOIN event_record AS r;
        """;

    /// <summary>Reads the payments of a page of events: first those without a later change, whose rows are all that is needed, then the others with their
    /// adjustments, and then what later changes overwrote. In this order, a change that is stored in between does no harm: its payment was read already, or it
    /// overwrites a scheme that was read. The value 4 is that of <see cref="EventKind.PaymentUpdated"/>, the only change of a payment without an adjustment.</summary>
    public const string FindChanges =
        """
        SELECT
            e.payment, p.connector, p.type, p.scheme, p.asset, p.status, SUBSTRING(CAST(p.created_at AS varchar(27)), 1, 10),
            CAST(p.initial_amount AS varchar(38)), CAST(p.amount AS varchar(38))
        FROM events AS e
        INNER JOIN payments AS p ON p.sequence = e.payment AND p.revision = 0
        WHERE e.position > @After AND e.position <= @Last;

        SELECT
            page.payment, page.number, page.added, page.first_revision, page.last_revision, p.connector, p.reference, p.type, p.scheme, p.asset,
            a.number, a.reference, a.created_at, a.status, CAST(a.amount AS varchar(38))
        FROM (
            SELECT
                e.payment, MAX(e.number) AS number, SUM(CASE WHEN e.kind = 4 THEN 0 ELSE 1 END) AS added,
                MIN(e.revision) AS first_revision, MAX(e.revision) AS last_revision
            FROM events AS e
            WHERE e.position > @After AND e.position <= @Last AND e.payment IS NOT NULL
            GROUP BY e.payment) AS page
        INNER JOIN payments AS p ON p.sequence = page.payment AND p.revision > 0
        INNER JOIN payment_adjustments AS a ON a.payment = page.payment AND a.number <= page.number;

        SELECT c.payment, c.revision, c.changes
        FROM (
            SELECT e.payment, MIN(e.revision) AS first_revision
            FROM events AS e
            WHERE e.position > @After AND e.position <= @Last AND e.payment IS NOT NULL
            GROUP BY e.payment) AS page
        INNER JOIN payments AS p ON p.sequence = page.payment AND p.revision > 0
        INNER JOIN events AS c ON c.payment = page.payment AND c.revision >= page.first_revision
        WHERE c.changes LIKE '%"scheme":%';
        """;

    /// <summary>Begins to clear.</summary>
    public const string Clear =
        """
        UPDATE payment_totals_position
        SET epoch = (SELECT r.epoch FROM event_record AS r), position = @Position, last_change = @Change
        WHERE number = 1 AND last_change = @LastChange;
        """;

    public const string ClearYear =
        """
        UPDATE payment_totals_position SET last_change = @Change WHERE number = 1 AND last_change = @LastChange;

        DELETE FROM payment_totals
        WHERE grain = @Grain AND asset = @Asset AND type = @Type AND period < @YearEnd
            AND EXISTS (SELECT 1 FROM payment_totals_position AS p WHERE p.last_change = @Change);
        """;

    public const string EndClearing = "UPDATE payment_totals_position SET position = 0, last_change = @Change WHERE number = 1 AND last_change = @LastChange;";

    public const string ListAssets =
        """
        SELECT t.asset AS Asset, t.type AS Type, SUM(t.payment_count) AS PaymentCount
        FROM payment_totals AS t
        WHERE t.grain = @Grain
        GROUP BY t.asset, t.type;
        """;

    /// <summary>Reads the totals of a window in one statement, so that all are of the same position. The numbers are those of <see cref="TotalsGrain"/>.</summary>
    public const string Read =
        $"""
        SELECT t.position, (SELECT COALESCE(MAX(e.position), 0) FROM events AS e) FROM payment_totals_position AS t;

        {Rows} WHERE t.grain = 2 AND t.asset = @Asset AND t.type = @Type AND t.period >= @EarlierDay AND t.period <= @LastDay
        UNION ALL
        {Rows} WHERE t.grain = 3 AND t.asset = @Asset AND t.type = @Type AND t.period >= @FirstMonth AND t.period < @MonthsEnd
        UNION ALL
        {Rows} WHERE t.grain = 4 AND t.asset = @Asset AND t.type = @Type AND t.period >= @FirstDay AND t.period <= @LastDay AND t.period < @DaysEnd
        UNION ALL
        {Rows} WHERE t.grain = 4 AND t.asset = @Asset AND t.type = @Type AND t.period >= @DaysStart AND t.period <= @LastDay;

        {ConnectorSql.List}
        """;

    private const string Rows =
        "SELECT t.grain, t.period, t.status, t.connector, t.scheme, t.payment_count, t.initial_amount, t.amount, t.refunded FROM payment_totals AS t";

    /// <summary>Finds the first row, if there is one.</summary>
    public static string FindFirst(ISqlDialect dialect) =>
        $"""
        SELECT t.grain AS Grain, t.asset AS Asset, t.type AS Type, t.period AS Period
        FROM payment_totals AS t
        ORDER BY t.grain, t.asset, t.type, t.period
        {dialect.Take};
        """;

    /// <summary>Reads the stored totals of the keys in <c>@Rows</c>.</summary>
    public static string Find(ISqlDialect dialect) =>
        $"""
        SELECT
            t.grain AS Grain, t.asset AS Asset, t.type AS Type, t.period AS Period, t.status AS Status, t.connector AS Connector, t.scheme AS Scheme,
            t.payment_count AS PaymentCount, t.initial_amount AS InitialAmount, t.amount AS Amount, t.refunded AS Refunded
        FROM {dialect.Totals("@Rows")} AS r
        INNER JOIN payment_totals AS t ON {SameKey("t")};
        """;

    /// <summary>Saves a position and the totals of that position, unless another instance saved one first.</summary>
    public static string Save(ISqlDialect dialect) =>
        $"""
        UPDATE payment_totals_position SET position = @Position, last_change = @Change WHERE number = 1 AND last_change = @LastChange;

        UPDATE payment_totals
        SET payment_count = r.payment_count, initial_amount = r.initial_amount, amount = r.amount, refunded = r.refunded
        FROM {dialect.Totals("@Changed")} AS r
        WHERE {SameKey("payment_totals")}
            AND EXISTS (SELECT 1 FROM payment_totals_position AS p WHERE p.last_change = @Change);

        INSERT INTO payment_totals (grain, asset, type, period, status, connector, scheme, payment_count, initial_amount, amount, refunded)
        SELECT r.grain, r.asset, r.type, r.period, r.status, r.connector, r.scheme, r.payment_count, r.initial_amount, r.amount, r.refunded
        FROM {dialect.Totals("@Added")} AS r
        WHERE EXISTS (SELECT 1 FROM payment_totals_position AS p WHERE p.last_change = @Change);

        DELETE FROM payment_totals WHERE payment_count = 0;
        """;

    private static string SameKey(string table) =>
        string.Join(" AND ", ((string[])["grain", "asset", "type", "period", "status", "connector", "scheme"]).Select(column => $"{table}.{column} = r.{column}"));
}
