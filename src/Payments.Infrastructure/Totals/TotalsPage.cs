using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Payments.Application.Events;
using Payments.Application.Totals;

namespace Payments.Infrastructure.Totals;

/// <summary>What some events in a row change in the totals. The totals are a sum over payments, so only the state of each payment before the first and after the
/// last of these events counts.</summary>
internal sealed class TotalsPage
{
    // What follows from the history does not depend on these.
    private static readonly RawJson NoRaw = new("{}");
    private static readonly ConnectorId NoConnector = new(StoredValue.Read<Provider>("none"), Guid.Empty);
    private static readonly PaymentDetails NoDetails = new(PaymentScheme.Unknown, StoredValue.Read<Asset>("X"), null, null);
    private static readonly PaymentMetadata NoMetadata = new(Metadata.Empty);

    private readonly HashSet<long> _new = [];
    private readonly Dictionary<TotalKey, PaymentTotal> _changes = [];
    private readonly Dictionary<long, ChangedPayment> _payments = [];

    /// <summary>Reads the rows of <see cref="TotalsSql.FindChanges"/> for a number of events. Returns the changes of the totals; none of them is zero.</summary>
    public static async Task<Dictionary<TotalKey, PaymentTotal>> ReadChangesAsync(DbDataReader reader, long events, CancellationToken stop)
    {
        var page = new TotalsPage();
        while (await reader.ReadAsync(stop))
        {
            page.AddNew(reader);
        }

        if (page._new.Count == events)
        {
            return page.Changes(); // as an import writes them
        }

        await reader.NextResultAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            if (!page._new.Contains(reader.GetInt64(0)))
            {
                page.AddAdjustment(reader);
            }
        }

        await reader.NextResultAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            // A payment whose first event is new is not part of the page yet.
            if (page._payments.TryGetValue(reader.GetInt64(0), out var payment) && FieldChanges.FromJson(reader.GetString(2)).TryGetValue("scheme", out var scheme))
            {
                payment.EarlierSchemes.Add((reader.GetInt32(1), scheme.From));
            }
        }

        return page.Changes();
    }

    private Dictionary<TotalKey, PaymentTotal> Changes()
    {
        foreach (var payment in _payments.Values)
        {
            payment.Adjustments.Sort((left, right) => left.Number.CompareTo(right.Number));
            Add(payment, payment.Number - payment.Added, payment.FirstRevision - 1, total => default(PaymentTotal) - total);
            Add(payment, payment.Number, payment.LastRevision, total => total);
        }

        var all = new Dictionary<TotalKey, PaymentTotal>();
        foreach (var (key, change) in _changes.Where(change => change.Value != default))
        {
            foreach (var grain in Enum.GetValues<TotalsGrain>())
            {
                var total = key.In(grain);
                all[total] = all.GetValueOrDefault(total) + change;
            }
        }

        return all.Where(change => change.Value != default).ToDictionary();

        void Add(ChangedPayment payment, int adjustments, int revision, Func<PaymentTotal, PaymentTotal> signed)
        {
            if (adjustments == 0)
            {
                return;
            }

            var state = Payment.Restore(
                new(NoConnector, payment.Reference, PaymentType.Other),
                NoDetails,
                NoMetadata,
                revision,
                [.. payment.Adjustments.Take(adjustments).Select(adjustment => adjustment.Adjustment)]);
            var key = new TotalKey(
                TotalsGrain.DayByConnectorAndScheme, payment.Asset, payment.Type, TotalKey.PeriodOf(DateOnly.FromDateTime(state.CreatedAt.Utc)),
                WireName<PaymentStatus>.Of(state.Status), payment.Connector, payment.SchemeAt(revision));
            var total = new PaymentTotal(1, state.InitialAmount.Value, state.Amount.Value, state.RefundedAmount.Value);
            Count(key, signed(total));
        }
    }

    private void AddNew(DbDataReader row)
    {
        _new.Add(row.GetInt64(0));
        var (initialAmount, amount) = (PaymentTotals.Sum(row.GetString(7)), PaymentTotals.Sum(row.GetString(8)));
        var day = DateOnly.ParseExact(row.GetString(6), "yyyy-MM-dd", CultureInfo.InvariantCulture);
        var key = new TotalKey(
            TotalsGrain.DayByConnectorAndScheme, row.GetString(4), row.GetString(2), TotalKey.PeriodOf(day), row.GetString(5), row.GetInt64(1), row.GetString(3));
        Count(key, new(1, initialAmount, amount, initialAmount - amount)); // what its only adjustment does not leave is refunded
    }

    private void Count(TotalKey key, PaymentTotal change)
    {
        ref var total = ref CollectionsMarshal.GetValueRefOrAddDefault(_changes, key, out _);
        total += change;
    }

    private void AddAdjustment(DbDataReader row)
    {
        if (!_payments.TryGetValue(row.GetInt64(0), out var payment))
        {
            _payments.Add(row.GetInt64(0), payment = new ChangedPayment
            {
                Number = row.GetInt32(1),
                Added = row.GetInt32(2),
                FirstRevision = row.GetInt32(3),
                LastRevision = row.GetInt32(4),
                Connector = row.GetInt64(5),
                Reference = StoredValue.Read<PaymentReference>(row.GetString(6)),
                Type = row.GetString(7),
                Scheme = row.GetString(8),
                Asset = row.GetString(9),
            });
        }

        var reference = row.GetString(11);
        payment.Adjustments.Add((row.GetInt32(10), new(
            reference == payment.Reference.Text ? payment.Reference : StoredValue.Read<PaymentReference>(reference),
            Instant.OfUtc(row.GetDateTime(12)),
            WireName<PaymentStatus>.Parse(row.GetString(13)),
            MinorUnits.Restore(row.GetString(14)),
            NoRaw)));
    }

    private sealed class ChangedPayment
    {
        /// <summary>The number of adjustments after the last event.</summary>
        public required int Number { get; init; }
        /// <summary>How many of them the events added.</summary>
        public required int Added { get; init; }
        public required int FirstRevision { get; init; }
        public required int LastRevision { get; init; }
        public required long Connector { get; init; }
        public required PaymentReference Reference { get; init; }
        public required string Type { get; init; }
        public required string Scheme { get; init; }
        public required string Asset { get; init; }
        public List<(int Number, PaymentAdjustment Adjustment)> Adjustments { get; } = new(1);
        /// <summary>The schemes that changes since the first event overwrote.</summary>
        public List<(int Revision, JsonNode? From)> EarlierSchemes => field ??= [];

        // The first later change has the value that the field had until then.
        public string SchemeAt(int revision) =>
            EarlierSchemes.Where(earlier => earlier.Revision > revision).OrderBy(earlier => earlier.Revision).Select(earlier => (string)earlier.From!).FirstOrDefault(Scheme);
    }
}

/// <summary>What the totals of a row have in common. The database stores the number.</summary>
internal enum TotalsGrain
{
    /// <summary>All payments of an asset and a type.</summary>
    All = 1,
    /// <summary>A day, by status.</summary>
    Day = 2,
    /// <summary>A month, by status, connector and scheme, so that a long window reads few rows.</summary>
    MonthByConnectorAndScheme = 3,
    /// <summary>A day, by status, connector and scheme.</summary>
    DayByConnectorAndScheme = 4,
}

/// <summary>The key of a row of totals.</summary>
internal readonly record struct TotalKey(TotalsGrain Grain, string Asset, string Type, int Period, string Status, long Connector, string Scheme)
{
    /// <summary>The day as yyyymmdd.</summary>
    public static int PeriodOf(DateOnly day) => (10_000 * day.Year) + (100 * day.Month) + day.Day;

    public static DateOnly DayOf(int period) => new(period / 10_000, period / 100 % 100, period % 100);

    /// <summary>The month as yyyymm00.</summary>
    public static int MonthOf(DateOnly day) => PeriodOf(day) - day.Day;

    /// <summary>The row of a grain that counts the payments of this row of the finest grain.</summary>
    public TotalKey In(TotalsGrain grain) => grain switch
    {
        TotalsGrain.All => new(grain, Asset, Type, 0, Status, 0, ""),
        TotalsGrain.Day => new(grain, Asset, Type, Period, Status, 0, ""),
        TotalsGrain.MonthByConnectorAndScheme => this with { Grain = grain, Period = MonthOf(DayOf(Period)) },
        _ => this,
    };
}
