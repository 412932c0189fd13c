using System.Data;
using System.Globalization;
using Dapper;
using Payments.Domain.Payments;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;

namespace Payments.Infrastructure.Payments;

/// <summary>A way to the payments of a filter.</summary>
/// <param name="Seeks">Ranges that together have every one of them.</param>
/// <param name="Rest">What is still to be asked of their rows.</param>
internal sealed record AccessPath(IReadOnlyList<Seek> Seeks, IReadOnlyList<PaymentFilter> Rest)
{
    /// <summary>Whether the rows come in the list's order, so that a page reads no more of them than it shows.</summary>
    public bool IsOrdered => Seeks.All(seek => seek.Order is null);

    public int Rank => Seeks.Max(seek => seek.Rank);
}

/// <summary>A filter as SQL. Its values are parameters <c>@F0</c>, <c>@F1</c>, …; nothing that a caller wrote is in the text.</summary>
internal sealed class PaymentFilterSql
{
    // Each is looked at before one is gone, so there are no more than are worth it.
    private const int MaxPaths = 5;

    // The places in front of and behind all payments of an instant. The next instant would do too, but not where the server keeps fewer digits.
    private const long First = 0;
    private const long Last = long.MaxValue;

    private readonly ISqlDialect _dialect;
    private readonly Dictionary<(DbType Type, object Value), string> _names = [];

    public PaymentFilterSql(PaymentFilter filter, ISqlDialect dialect)
    {
        _dialect = dialect;
        List<PaymentFilter> conditions = [];
        foreach (var condition in Conjunction(filter))
        {
            if (!Narrow(condition))
            {
                conditions.Add(condition);
            }
        }

        Walk = new AccessPath([new Seek(null, int.MaxValue)], conditions);
        Paths =
        [
            .. (from condition in conditions.GroupBy(Together)
                let seeks = Seeks([.. condition])
                where seeks is not null
                let path = new AccessPath(seeks, [.. conditions.Where(other => other is PaymentFilter.Any || !condition.Contains(other))])
                orderby path.Rank
                select path).Take(MaxPaths),
        ];
    }

    /// <summary>The values of all parameters.</summary>
    public DynamicParameters Parameters { get; } = new();

    /// <summary>The place in the list, from the oldest to the newest, behind which the filter's payments are, where it says so by itself.</summary>
    public (DateTime At, long Sequence)? From { get; private set; }

    /// <summary>The place in front of which they are.</summary>
    public (DateTime At, long Sequence)? To { get; private set; }

    /// <summary>What <see cref="From"/> asks of a payment's time; null for nothing.</summary>
    public string? FromSign => From is { } from ? $"{(from.Sequence == First ? ">=" : ">")} @From" : null;

    /// <summary>What <see cref="To"/> asks of it.</summary>
    public string? ToSign => To is { } to ? $"{(to.Sequence == First ? "<" : "<=")} @To" : null;

    /// <summary>The way along all payments in the list's order.</summary>
    public AccessPath Walk { get; }

    /// <summary>The ways by an index, the likely shortest first.</summary>
    public IReadOnlyList<AccessPath> Paths { get; }

    /// <summary>What asks the filters of a row; null where there are none.</summary>
    /// <remarks>As a CASE no database goes by it instead of by the path, which SQLite, without statistics, would do at random.</remarks>
    public string? Text(IReadOnlyList<PaymentFilter> filters) => filters.Count == 0 ? null : $"CASE WHEN {Conjunction(filters)} THEN 1 ELSE 0 END = 1";

    /// <summary>Sets where a page starts, which is never outside the filter's own limits of time.</summary>
    public void SetPage(PageStart start)
    {
        var place = (start.At, start.Sequence);
        var (at, sequence) = start.Ascending && From is { } from && place.CompareTo(from) < 0 ? from
            : !start.Ascending && To is { } to && place.CompareTo(to) > 0 ? to
            : place;
        Parameters.Add("At", at);
        Parameters.Add("Sequence", sequence);
        Parameters.Add("Take", start.Take);
        SetTimes();
    }

    public void SetMaxRows(int rows)
    {
        Parameters.Add("MaxRows", rows);
        SetTimes();
    }

    private void SetTimes()
    {
        Parameters.Add("From", From?.At, DbType.DateTime2);
        Parameters.Add("To", To?.At, DbType.DateTime2);
    }

    private static IEnumerable<PaymentFilter> Conjunction(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => all.Filters.SelectMany(Conjunction),
        PaymentFilter.Any { Filters: [var one] } => Conjunction(one),
        PaymentFilter.Except except when Opposite(except.Filter) is { } opposite => Conjunction(opposite),
        _ => [filter],
    };

    /// <summary>What a filter does not let through, without a NOT: an index has what is, and not what is not. Null where that cannot be said.</summary>
    private static PaymentFilter? Opposite(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All { Filters: not [] } all => new PaymentFilter.Any([.. all.Filters.Select(one => new PaymentFilter.Except(one))]),
        PaymentFilter.Any any => new PaymentFilter.All([.. any.Filters.Select(one => new PaymentFilter.Except(one))]),
        PaymentFilter.Except except => except.Filter,
        PaymentFilter.Compared compared => compared with
        {
            Comparison = compared.Comparison switch
            {
                Comparison.Less => Comparison.GreaterOrEqual,
                Comparison.LessOrEqual => Comparison.Greater,
                Comparison.Greater => Comparison.LessOrEqual,
                _ => Comparison.Less,
            },
        },
        PaymentFilter.OneOf { Field.Names: { } names } oneOf when names.Except(oneOf.Values).ToList() is { Count: > 0 } others => oneOf with { Values = others },
        _ => null,
    };

    // Both ends of a range of amounts are one range of the index.
    private static object Together(PaymentFilter condition) => condition is PaymentFilter.Compared compared ? compared.Field : condition;

    /// <summary>Takes a limit of time out of the filter: the list's order is by time, so the list just begins or ends there.</summary>
    private bool Narrow(PaymentFilter condition)
    {
        ((DateTime At, long Sequence)? from, (DateTime At, long Sequence)? to) = condition switch
        {
            PaymentFilter.OneOf { Values: [var instant] } oneOf when oneOf.Field == PaymentField.CreatedAt => (Place(instant, First), Place(instant, Last)),
            PaymentFilter.Compared compared when compared.Field == PaymentField.CreatedAt => compared.Comparison switch
            {
                Comparison.Less => (null, Place(compared.Value, First)),
                Comparison.LessOrEqual => (null, Place(compared.Value, Last)),
                Comparison.Greater => (Place(compared.Value, Last), null),
                _ => (Place(compared.Value, First), null),
            },
            _ => default,
        };
        From = from is { } later && !(From?.CompareTo(later) >= 0) ? later : From;
        To = to is { } earlier && !(To?.CompareTo(earlier) <= 0) ? earlier : To;
        return from is not null || to is not null;
    }

    // Nothing is made on the calendar's last day, so a limit behind it is as good there.
    private static (DateTime At, long Sequence)? Place(string instant, long sequence) =>
        (FilterColumn.Utc(instant) is var utc && utc < PageReading.LatestDay ? utc : PageReading.LatestDay, sequence);

    /// <summary>The ranges that have every payment of the conditions; null where no index does.</summary>
    private List<Seek>? Seeks(IReadOnlyList<PaymentFilter> conditions)
    {
        switch (conditions[0])
        {
            case PaymentFilter.OneOf oneOf:
                return [.. oneOf.Values.SelectMany(value => Seeks(oneOf, value))];
            case PaymentFilter.HasMetadata has:
                return [Entry(MetadataEntry.OfKey(has.Key), rank: 11)];
            case PaymentFilter.Compared compared when compared.Field == PaymentField.CreatedAt:
                return [new Seek(Range("q.created_at", conditions), 11)];
            case PaymentFilter.Compared compared:
                return [.. AmountRanges(compared.Field).Select(amount => new Seek(Seek.All(Range(amount.Column, conditions), amount.And), 6, Order: amount.Column))];
            case PaymentFilter.Any any:
                var each = any.Filters.Select(one => Conjunction(one).GroupBy(Together).Select(condition => Seeks([.. condition])).Where(seeks => seeks is not null)
                    .MinBy(seeks => seeks!.Max(seek => seek.Rank))).ToList();

                // Each once: a page has two SELECTs of a seek, and SQLite puts no more than 500 together.
                return each.Contains(null) ? null : [.. each.SelectMany(seeks => seeks!).Distinct()];
            default:
                return null;
        }
    }

    private IEnumerable<Seek> Seeks(PaymentFilter.OneOf oneOf, string value)
    {
        var column = FilterColumn.Of(oneOf.Field);
        if (oneOf.Field is MetadataField field)
        {
            return [Entry(MetadataEntry.Of(field.Key, value), column.Rank)];
        }

        var parameter = Parameter(oneOf.Field, value);
        return column.IsAmount
            ? AmountRanges(oneOf.Field).Select(amount => new Seek(Seek.All($"{amount.Column} = {parameter}", amount.And), column.Rank))
            : [new Seek(column.Lookup is null ? $"{column.Column} = {parameter}" : string.Format(CultureInfo.InvariantCulture, column.Lookup, parameter), column.Rank, column.LookupOrder)];
    }

    // Most payments still have their initial amount, so its index has only the others.
    private static (string Column, string? And)[] AmountRanges(PaymentField field) => field == PaymentField.InitialAmount
        ? [("q.amount", "q.initial_amount = q.amount"), ("q.initial_amount", "q.initial_amount <> q.amount")]
        : [("q.amount", null)];

    private Seek Entry(byte[] hash, int rank) => new(
        $"m.entry_hash = {Parameter(hash, DbType.Binary)} AND q.sequence = m.payment",
        rank,
        From: "payment_metadata AS m CROSS JOIN payments AS q",
        CreatedAt: "m.created_at",
        Sequence: "m.payment");

    private string Range(string column, IEnumerable<PaymentFilter> ends) => string.Join(
        " AND ", ends.Cast<PaymentFilter.Compared>().Select(end => $"{column} {Sign(end.Comparison)} {Parameter(end.Field, end.Value)}"));

    // True or false for every row and never unknown, so that NOT is the opposite.
    private string Predicate(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => $"({Conjunction(all.Filters)})",
        PaymentFilter.Any any => $"({string.Join(" OR ", any.Filters.Select(Predicate).DefaultIfEmpty("1 = 0"))})",
        PaymentFilter.Except except => $"NOT ({Predicate(except.Filter)})",
        PaymentFilter.Compared compared => $"{FilterColumn.Of(compared.Field).Column} {Sign(compared.Comparison)} {Parameter(compared.Field, compared.Value)}",
        PaymentFilter.HasMetadata has => Condition(FilterColumn.Of(PaymentField.Metadata(has.Key)), $"= {Parameter(MetadataEntry.OfKey(has.Key), DbType.Binary)}"),
        PaymentFilter.OneOf oneOf => Condition(FilterColumn.Of(oneOf.Field), $"IN ({string.Join(", ", oneOf.Values.Select(value => Parameter(oneOf.Field, value)))})"),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "Not a known filter."),
    };

    private string Conjunction(IEnumerable<PaymentFilter> filters) => string.Join(" AND ", filters.Select(Predicate).DefaultIfEmpty("1 = 1"));

    private static string Condition(FilterColumn column, string comparison) =>
        column.Condition is null ? $"{column.Column} {comparison}" : string.Format(CultureInfo.InvariantCulture, column.Condition, comparison);

    private static string Sign(Comparison comparison) => comparison switch
    {
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        _ => ">=",
    };

    private string Parameter(PaymentField field, string value)
    {
        var column = FilterColumn.Of(field);
        var parameter = Parameter(column.ToParameter(value), column.Type);
        return column.IsAmount ? _dialect.Amount(parameter) : parameter;
    }

    private string Parameter(object value, DbType type)
    {
        var key = (type, value is byte[] hash ? Convert.ToHexString(hash) : value);
        if (!_names.TryGetValue(key, out var name))
        {
            name = string.Create(CultureInfo.InvariantCulture, $"F{_names.Count}");
            _names.Add(key, name);
            Parameters.Add(name, value, type);
        }

        return $"@{name}";
    }
}
