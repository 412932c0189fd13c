using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>Writes filters as conditions on the payment <c>q</c>. Their values become the parameters
/// <c>@F0</c>, <c>@F1</c>, …, so the text contains nothing that a caller wrote.</summary>
internal sealed class PaymentFilterSql(ISqlDialect dialect)
{
    private readonly Dictionary<(DbType Type, object Value), string> _names = [];

    public DynamicParameters Parameters { get; } = new();

    /// <summary>A condition that is true or false for every payment and never unknown, so that NOT is its opposite.</summary>
    public string Condition(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => $"({All(all.Filters)})",
        PaymentFilter.Any any => $"({string.Join(" OR ", any.Filters.Select(Condition).DefaultIfEmpty("1 = 0"))})",
        PaymentFilter.Except except => $"NOT ({Condition(except.Filter)})",
        PaymentFilter.Compared compared => Compare(FilterColumn.Of(compared.Field).Column!, compared),
        PaymentFilter.HasMetadata has => Condition(FilterColumn.OfMetadataKey, [has.Key]),
        PaymentFilter.OneOf oneOf => Condition(FilterColumn.Of(oneOf.Field), oneOf.Values),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "Not a known filter."),
    };

    public string All(IEnumerable<PaymentFilter> filters) => string.Join(" AND ", filters.Select(Condition).DefaultIfEmpty("1 = 1"));

    public string Condition(FilterColumn column, IEnumerable<string> values)
    {
        var parameters = values.Select(value => Parameter(column, value)).ToList();
        var starts = parameters.Select(parameter => $"SUBSTRING({parameter}, 1, 64)");
        return string.Format(CultureInfo.InvariantCulture, column.Condition, string.Join(", ", parameters), string.Join(", ", starts));
    }

    public string Compare(string column, PaymentFilter.Compared compared)
    {
        var sign = compared.Comparison switch
        {
            Comparison.Less => "<",
            Comparison.LessOrEqual => "<=",
            Comparison.Greater => ">",
            _ => ">=",
        };
        return $"{column} {sign} {Parameter(FilterColumn.Of(compared.Field), compared.Value)}";
    }

    public string Parameter(FilterColumn column, string text)
    {
        var value = column.ToParameter(text);
        var key = (column.Type, value is byte[] hash ? Convert.ToHexString(hash) : value);
        if (!_names.TryGetValue(key, out var name))
        {
            name = string.Create(CultureInfo.InvariantCulture, $"F{_names.Count}");
            _names.Add(key, name);
            Parameters.Add(name, value, column.Type);
        }

        return column.IsAmount ? dialect.Amount($"@{name}") : $"@{name}";
    }
}
