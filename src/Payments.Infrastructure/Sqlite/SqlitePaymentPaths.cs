using System.Data;
using System.Globalization;
using Dapper;
using Payments.Domain.Payments;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Sqlite;

/// <summary>A way to find the payments of a filter.</summary>
/// <param name="Seeks">Index ranges that together contain all of them.</param>
/// <param name="Rest">The filters that the rows of the ranges still have to match.</param>
internal sealed record AccessPath(IReadOnlyList<Seek> Seeks, IReadOnlyList<PaymentFilter> Rest)
{
    /// <summary>Whether the rows come in the list's order, so that a page reads no more rows than it shows.</summary>
    public bool IsOrdered => Seeks.All(seek => seek.Order is null);

    public int Rank => Seeks.Max(seek => seek.Rank);
}

/// <summary>The access paths of a filter, and their statements.</summary>
internal sealed class SqlitePaymentPaths
{
    // Each is counted, so more of them would not pay off.
    private const int MaxPaths = 5;

    // More than an unordered path can have. SQLite runs a SELECT with a limit first and separately.
    private const int NoLimit = 1_000_000;

    // Positions before and after all payments of an instant.
    private const long First = 0;
    private const long Last = long.MaxValue;

    private readonly PaymentFilterSql _sql = new(new SqliteDialect());

    // The list's positions, from the oldest to the newest, between which the filter's limits of time are.
    private (DateTime At, long Sequence)? _from;
    private (DateTime At, long Sequence)? _to;

    public SqlitePaymentPaths(PaymentFilter filter)
    {
        List<PaymentFilter> conditions = [.. Conjunction(filter).Where(condition => !Narrow(condition))];
        InOrder = new AccessPath([new Seek(null, int.MaxValue)], conditions);
        ByIndex =
        [
            .. (from condition in conditions.GroupBy(RangeOf)
                let seeks = Seeks([.. condition])
                where seeks is not null
                let path = new AccessPath(seeks, [.. conditions.Where(other => other is PaymentFilter.Any || !condition.Contains(other))])
                orderby path.Rank
                select path).Take(MaxPaths),
        ];
        Parameters.Add("From", _from?.At, DbType.DateTime2);
        Parameters.Add("To", _to?.At, DbType.DateTime2);
    }

    public DynamicParameters Parameters => _sql.Parameters;

    /// <summary>The path along all payments in the list's order.</summary>
    public AccessPath InOrder { get; }

    /// <summary>The paths by an index, the one with the fewest likely rows first.</summary>
    public IReadOnlyList<AccessPath> ByIndex { get; }

    private string? From => _from is { } from ? $"{(from.Sequence == First ? ">=" : ">")} @From" : null;

    private string? To => _to is { } to ? $"{(to.Sequence == First ? "<" : "<=")} @To" : null;

    /// <summary>Sets where a page starts, which is never outside the filter's limits of time.</summary>
    public void SetStart(PageStart start)
    {
        var position = (start.At, start.Sequence);
        var (at, sequence) = start.Ascending && _from is { } from && position.CompareTo(from) < 0 ? from
            : !start.Ascending && _to is { } to && position.CompareTo(to) > 0 ? to
            : position;
        _sql.SetStart(at, sequence, start.Take);
    }

    /// <summary>Reads the next <c>@Take</c> payments after a position by one of the paths.</summary>
    public string Page(AccessPath path, bool ascending)
    {
        var beyond = PageStart.Direction(ascending).Beyond;
        // As a CASE, SQLite cannot use an index for these filters instead of the path.
        var rest = path.Rest.Count == 0 ? null : $"CASE WHEN {_sql.All(path.Rest)} THEN 1 ELSE 0 END = 1";
        var end = ascending ? To : From;
        var selects = path.Seeks.SelectMany(seek => path.IsOrdered ? seek.After(ascending, end, rest) : [Unordered(seek)]);

        // Several ranges may contain the same payment.
        return PaymentSql.Page(Seek.Page(selects, path.Seeks.Count == 1 ? "UNION ALL" : "UNION", ascending), ascending);

        // SQLite does not reorder a CROSS JOIN.
        string Unordered(Seek seek)
        {
            var after = $"(q.created_at {beyond} @At OR (q.created_at = @At AND q.sequence {beyond} @Sequence))";
            return
                $"""
                SELECT q.created_at, q.sequence
                FROM (SELECT {seek.Sequence} AS sequence FROM {seek.From} WHERE {seek.Where} ORDER BY {seek.Order ?? seek.CreatedAt} LIMIT {NoLimit}) AS d
                CROSS JOIN payments AS q
                WHERE {Seek.All("q.sequence = d.sequence", after, end is null ? null : $"q.created_at {end}", rest)}
                """;
        }
    }

    /// <summary>Counts the rows of each path by an index, up to <c>@MaxRows</c> in each range.</summary>
    public string Count()
    {
        return string.Join(" UNION ALL ", ByIndex.Select((path, number) =>
            $"SELECT {number} AS Path, COUNT(*) AS Found FROM ({string.Join(" UNION ALL ", path.Seeks.Select(Rows))}) AS c")) + ";";

        string Rows(Seek seek)
        {
            var where = Seek.All(seek.Where, From is null ? null : $"{seek.CreatedAt} {From}", To is null ? null : $"{seek.CreatedAt} {To}");
            return $"SELECT r.sequence FROM (SELECT {seek.Sequence} AS sequence FROM {seek.From} WHERE {where} ORDER BY {seek.Order ?? seek.CreatedAt} LIMIT @MaxRows) AS r";
        }
    }

    private static IEnumerable<PaymentFilter> Conjunction(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => all.Filters.SelectMany(Conjunction),
        PaymentFilter.Any { Filters: [var one] } => Conjunction(one),
        PaymentFilter.Except except when Opposite(except.Filter) is { } opposite => Conjunction(opposite),
        _ => [filter],
    };

    /// <summary>The opposite of a filter without NOT, because an index cannot find rows by NOT; null if there is none.</summary>
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
    private static object RangeOf(PaymentFilter condition) => condition is PaymentFilter.Compared compared ? compared.Field : condition;

    /// <summary>Turns a limit of time into the position where the list begins or ends; false if the filter is not such a limit.</summary>
    private bool Narrow(PaymentFilter condition)
    {
        ((DateTime At, long Sequence)? from, (DateTime At, long Sequence)? to) = condition switch
        {
            PaymentFilter.OneOf { Values: [var instant] } oneOf when oneOf.Field == PaymentField.CreatedAt => (Position(instant, First), Position(instant, Last)),
            PaymentFilter.Compared compared when compared.Field == PaymentField.CreatedAt => compared.Comparison switch
            {
                Comparison.Less => (null, Position(compared.Value, First)),
                Comparison.LessOrEqual => (null, Position(compared.Value, Last)),
                Comparison.Greater => (Position(compared.Value, Last), null),
                _ => (Position(compared.Value, First), null),
            },
            _ => default,
        };
        _from = from is { } later && !(_from?.CompareTo(later) >= 0) ? later : _from;
        _to = to is { } earlier && !(_to?.CompareTo(earlier) <= 0) ? earlier : _to;
        return from is not null || to is not null;
    }

    private static (DateTime At, long Sequence)? Position(string instant, long sequence) => (FilterColumn.Utc(instant), sequence);

    /// <summary>The ranges that contain every payment of the conditions; null if no index does.</summary>
    private List<Seek>? Seeks(IReadOnlyList<PaymentFilter> conditions)
    {
        switch (conditions[0])
        {
            case PaymentFilter.OneOf oneOf:
                var column = FilterColumn.Of(oneOf.Field);
                return [.. oneOf.Values.SelectMany(value => Seeks(oneOf.Field, column, value))];
            case PaymentFilter.HasMetadata has:
                return [MetadataSeek(FilterColumn.OfMetadataKey, has.Key)];
            case PaymentFilter.Compared { Field: var field }:
                return
                [
                    .. from range in Ranges(field)
                       let limits = Seek.All([.. conditions.Cast<PaymentFilter.Compared>().Select(end => _sql.Compare(range.Column, end)), range.And])
                       select field == PaymentField.CreatedAt ? new Seek(limits, 11) : new Seek(limits, 6, Order: range.Column),
                ];
            case PaymentFilter.Any any:
                var each = any.Filters.Select(one => Conjunction(one).GroupBy(RangeOf).Select(condition => Seeks([.. condition])).Where(seeks => seeks is not null)
                    .MinBy(seeks => seeks!.Max(seek => seek.Rank))).ToList();

                // Distinct, because a page has two SELECTs for each, and SQLite combines at most 500.
                return each.Contains(null) ? null : [.. each.SelectMany(seeks => seeks!).Distinct()];
            default:
                return null;
        }
    }

    private IEnumerable<Seek> Seeks(PaymentField field, FilterColumn column, string value) =>
        field is MetadataField ? [MetadataSeek(column, value)]
        : column.IsAmount ? Ranges(field).Select(range => new Seek(Seek.All($"{range.Column} = {_sql.Parameter(column, value)}", range.And), column.Rank))
        : column.Lookup is { } lookup ? [new(string.Format(CultureInfo.InvariantCulture, lookup, _sql.Parameter(column, value)), column.Rank)]
        : [new(_sql.Condition(column, [value]), column.Rank, column.LookupOrder)];

    // Most payments still have their initial amount, so the index of initial amounts contains only the others.
    private static (string Column, string? And)[] Ranges(PaymentField field) => field == PaymentField.InitialAmount
        ? [("q.amount", "q.initial_amount = q.amount"), ("q.initial_amount", "q.initial_amount <> q.amount")]
        : [(FilterColumn.Of(field).Column!, null)];

    private Seek MetadataSeek(FilterColumn column, string value) => new(
        $"m.entry_hash = {_sql.Parameter(column, value)} AND q.sequence = m.payment",
        column.Rank,
        From: "payment_metadata AS m CROSS JOIN payments AS q",
        CreatedAt: "m.created_at",
        Sequence: "m.payment");
}
