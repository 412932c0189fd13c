using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Sqlite;

/// <summary>A way to find the payments of a filter: index ranges that contain all of them, and what their rows still have to match.</summary>
internal sealed record AccessPath(IReadOnlyList<Seek> Seeks, IReadOnlyList<PaymentFilter> Rest)
{
    /// <summary>Whether the rows come in the list's order, so that a page reads no more rows than it shows.</summary>
    public bool IsOrdered => Seeks.All(seek => seek.Order is null);
    public int Rank => Seeks.Max(seek => seek.Rank);
}

/// <summary>The access paths of a filter, and their statements.</summary>
internal sealed class SqlitePaymentPaths
{
    private const int MaxPaths = 5; // each is counted, so more of them would not pay off

    // SQLite runs a SELECT with a limit first and separately.
    private const string NoLimit = "-1";

    // Sequences before and after all payments of an instant.
    private const long First = 0;
    private const long Last = long.MaxValue;

    private static readonly (DateTime At, long Sequence) Oldest = (DateTime.MinValue, First);
    private static readonly (DateTime At, long Sequence) Newest = (DateTime.MaxValue, Last);

    private readonly PaymentFilterSql _sql = new(new SqliteDialect());

    // The list's positions between which the filter's limits of time are.
    private (DateTime At, long Sequence) _from = Oldest;
    private (DateTime At, long Sequence) _to = Newest;

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
        Parameters.Add("From", _from.At, DbType.DateTime2);
        Parameters.Add("To", _to.At, DbType.DateTime2);
    }

    public DynamicParameters Parameters => _sql.Parameters;
    /// <summary>The path along all payments in the list's order.</summary>
    public AccessPath InOrder { get; }
    /// <summary>The paths by an index, the one with the fewest likely rows first.</summary>
    public IReadOnlyList<AccessPath> ByIndex { get; }

    /// <summary>Moves the start of a page into the filter's limits of time.</summary>
    public PageStart Limit(PageStart start)
    {
        (DateTime At, long Sequence)[] positions = [(start.At, start.Sequence), start.Ascending ? _from : _to];
        var (at, sequence) = start.Ascending ? positions.Max() : positions.Min();
        return start with { At = at, Sequence = sequence };
    }

    /// <summary>Reads the next <c>@Take</c> payments after a position by one of the paths.</summary>
    public string Page(AccessPath path, bool ascending)
    {
        var beyond = PageStart.Direction(ascending).Beyond;
        // As a CASE, SQLite cannot use an index for these filters instead of the path.
        var rest = path.Rest.Count == 0 ? null : $"CASE WHEN {_sql.All(path.Rest)} THEN 1 ELSE 0 END = 1";
        var selects = path.Seeks.SelectMany(seek => path.IsOrdered ? seek.After(ascending, End(seek.CreatedAt), rest) : [Unordered(seek)]);

        // Several ranges may contain the same payment.
        return PaymentSql.PageInOrder(Seek.Page(selects, path.Seeks.Count == 1 ? "UNION ALL" : "UNION", ascending));

        string? End(string createdAt) => ascending ? To(createdAt) : From(createdAt);

        // SQLite does not reorder a CROSS JOIN.
        string Unordered(Seek seek)
        {
            var after = $"(q.created_at {beyond} @At OR (q.created_at = @At AND q.sequence {beyond} @Sequence))";
            return
                $"""
                SELECT q.created_at, q.sequence
                FROM ({Rows(seek, seek.Where, NoLimit)}) AS d
                CROSS JOIN payments AS q
                WHERE {Seek.All("q.sequence = d.sequence", after, End("q.created_at"), rest)}
                """;
        }
    }

    /// <summary>Counts the rows of each path by an index, up to <c>@MaxRows</c> in each range.</summary>
    public string Count()
    {
        var counts = from path in ByIndex.Index()
                     let rows = from seek in path.Item.Seeks
                                let range = Seek.All(seek.Where, From(seek.CreatedAt), To(seek.CreatedAt))
                                select $"SELECT r.sequence FROM ({Rows(seek, range, "@MaxRows")}) AS r"
                     select $"SELECT {path.Index} AS Path, COUNT(*) AS Found FROM ({string.Join(" UNION ALL ", rows)}) AS c";
        return $"{string.Join(" UNION ALL ", counts)};";
    }

    private static string Rows(Seek seek, string? where, string limit) =>
        $"SELECT {seek.Sequence} AS sequence FROM {seek.From} WHERE {where} ORDER BY {seek.Order ?? seek.CreatedAt} LIMIT {limit}";

    private string? From(string createdAt) => _from == Oldest ? null : $"{createdAt} {(_from.Sequence == First ? ">=" : ">")} @From";

    private string? To(string createdAt) => _to == Newest ? null : $"{createdAt} {(_to.Sequence == First ? "<" : "<=")} @To";

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
        PaymentFilter.Compared compared => compared with { Comparison = Opposite(compared.Comparison) },
        PaymentFilter.OneOf { Field.Names: { } names } oneOf when names.Except(oneOf.Values).ToList() is { Count: > 0 } others => oneOf with { Values = others },
        _ => null,
    };

    private static Comparison Opposite(Comparison comparison) => comparison switch
    {
        Comparison.Less => Comparison.GreaterOrEqual,
        Comparison.LessOrEqual => Comparison.Greater,
        Comparison.Greater => Comparison.LessOrEqual,
        _ => Comparison.Less,
    };

    // Both ends of a range of amounts are one range of the index.
    private static object RangeOf(PaymentFilter condition) => condition is PaymentFilter.Compared compared ? compared.Field : condition;

    /// <summary>Turns a limit of time into the position where the list begins or ends; false if the filter is not such a limit.</summary>
    private bool Narrow(PaymentFilter condition)
    {
        var (from, to) = condition switch
        {
            PaymentFilter.OneOf { Values: [var instant] } oneOf when oneOf.Field == PaymentField.CreatedAt => (Position(instant, First), Position(instant, Last)),
            PaymentFilter.Compared compared when compared.Field == PaymentField.CreatedAt => compared.Comparison switch
            {
                Comparison.Less => (Oldest, Position(compared.Value, First)),
                Comparison.LessOrEqual => (Oldest, Position(compared.Value, Last)),
                Comparison.Greater => (Position(compared.Value, Last), Newest),
                _ => (Position(compared.Value, First), Newest),
            },
            _ => (Oldest, Newest),
        };
        _from = _from.CompareTo(from) < 0 ? from : _from;
        _to = _to.CompareTo(to) > 0 ? to : _to;
        return (from, to) != (Oldest, Newest);

        static (DateTime At, long Sequence) Position(string instant, long sequence) => (FilterColumn.Utc(instant), sequence);
    }

    /// <summary>The ranges that contain every payment of the conditions; null if no index does.</summary>
    private List<Seek>? Seeks(IReadOnlyList<PaymentFilter> conditions) => conditions[0] switch
    {
        PaymentFilter.OneOf oneOf => [.. oneOf.Values.SelectMany(value => Seeks(oneOf.Field, value))],
        PaymentFilter.HasMetadata has => [MetadataSeek(FilterColumn.OfMetadataKey, has.Key)],
        PaymentFilter.Compared { Field: var field } =>
        [
            .. from range in Ranges(field)
               let limits = Seek.All([.. conditions.Cast<PaymentFilter.Compared>().Select(end => _sql.Compare(range.Column, end)), range.And])
               select field == PaymentField.CreatedAt ? new Seek(limits, 11) : new Seek(limits, 6, Order: range.Column),
        ],

        // Distinct, because a page has two SELECTs for each, and SQLite combines at most 500.
        PaymentFilter.Any any when any.Filters.Select(Fewest).ToList() is var each && !each.Contains(null) => [.. each.SelectMany(seeks => seeks!).Distinct()],
        _ => null,
    };

    private List<Seek>? Fewest(PaymentFilter filter) => Conjunction(filter).GroupBy(RangeOf)
        .Select(condition => Seeks([.. condition])).Where(seeks => seeks is not null).MinBy(seeks => seeks!.Max(seek => seek.Rank));

    private IEnumerable<Seek> Seeks(PaymentField field, string value) => FilterColumn.Of(field) switch
    {
        var column when field is MetadataField => [MetadataSeek(column, value)],
        { IsAmount: true } column =>
            Ranges(field).Select(range => new Seek(Seek.All($"{range.Column} = {_sql.Parameter(column, value)}", range.And), column.Rank)),
        { Lookup: { } lookup } column => [new(string.Format(CultureInfo.InvariantCulture, lookup, _sql.Parameter(column, value)), column.Rank)],
        var column => [new(_sql.Condition(column, [value]), column.Rank, column.LookupOrder)],
    };

    // Most payments still have their initial amount, so the index of initial amounts contains only the others.
    private static (string Column, string? And)[] Ranges(PaymentField field) => field == PaymentField.InitialAmount
        ? [("q.amount", "q.initial_amount = q.amount"), ("q.initial_amount", "q.initial_amount <> q.amount")]
        : [(FilterColumn.Of(field).Column!, null)];

    private Seek MetadataSeek(FilterColumn column, string value) => new(
        $"m.entry_hash = {_sql.Parameter(column, value)} AND q.sequence = m.payment", column.Rank,
        From: "payment_metadata AS m CROSS JOIN payments AS q", CreatedAt: "m.created_at", Sequence: "m.payment");
}
