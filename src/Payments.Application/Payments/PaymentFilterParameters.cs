using System.Text;

namespace Payments.Application.Payments;

/// <summary>A parameter that filters payments by one field.</summary>
/// <param name="Name">The name in the contract.</param>
/// <param name="Field">The field.</param>
/// <param name="Description">The documentation.</param>
/// <param name="Schema">The type of a value.</param>
/// <param name="Comparison">How the field compares with the value; null for equality, which accepts several values.</param>
public sealed record PaymentFilterParameter(string Name, PaymentField Field, string Description, Type Schema, Comparison? Comparison = null);

/// <summary>The parameters that filter payments. A payment must match every parameter; of a repeated one, any value.</summary>
public static class PaymentFilterParameters
{
    /// <summary>The max size of a filter's text. Such a text fits into a cursor, and the cursor into a request line.</summary>
    public const int MaxBytes = 16 * 1024;

    // Reading a filter back from a cursor can add two levels: the other parameters, and $not for "$exists": false.
    private const int CursorDepth = PaymentFilter.MaxDepth + 2;

    /// <summary>The parameters of one field each. The others are <c>metadata[key]</c> and <c>query</c>.</summary>
    public static IReadOnlyList<PaymentFilterParameter> All { get; } =
    [
        new("reference", PaymentField.Reference, "The provider's references.", typeof(string)),
        new("connectorID", PaymentField.ConnectorId, "The ids of the connectors that reported the payments.", typeof(string)),
        new("provider", PaymentField.Provider, "The connectors' providers, such as `STRIPE` or `stripe`.", typeof(string)),
        new("type", PaymentField.Type, "The payment types.", typeof(PaymentType)),
        new("status", PaymentField.Status, "The current statuses.", typeof(PaymentStatus)),
        new("scheme", PaymentField.Scheme, "The payment schemes.", typeof(PaymentScheme)),
        new("asset", PaymentField.Asset, "The assets, such as `USD/2`.", typeof(string)),
        new("sourceAccountID", PaymentField.SourceAccountId, "The ids of the accounts that the money leaves.", typeof(string)),
        new("destinationAccountID", PaymentField.DestinationAccountId, "The ids of the accounts that the money reaches.", typeof(string)),
        new("amountGte", PaymentField.Amount, "The smallest current `amount`, in minor units.", typeof(MinorUnits), Comparison.GreaterOrEqual),
        new("amountLte", PaymentField.Amount, "The largest current `amount`, in minor units.", typeof(MinorUnits), Comparison.LessOrEqual),
        new("createdAtFrom", PaymentField.CreatedAt, "The earliest `createdAt`, inclusive. RFC 3339 with an offset.", typeof(DateTimeOffset), Comparison.GreaterOrEqual),
        new("createdAtTo", PaymentField.CreatedAt, "The latest `createdAt`, exclusive. RFC 3339 with an offset.", typeof(DateTimeOffset), Comparison.Less),
    ];

    private static readonly Dictionary<string, PaymentFilterParameter> ByName = All.ToDictionary(parameter => parameter.Name);
    private static readonly HashSet<string> Names = new([.. ByName.Keys, "query"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The filter parameter that a name means: the same name if it is one, another name if it is similar, otherwise null.</summary>
    public static string? Find(string name) =>
        PaymentQuery.MetadataKey(name) is not null ? name
        : name.StartsWith("metadata", StringComparison.OrdinalIgnoreCase) ? "metadata[key]"
        : Names.TryGetValue(name, out var known) ? known
        : null;

    /// <summary>Reads the filter of a request, and its text for a cursor. Adds broken rules to the validation. Parameters that are no filters
    /// are skipped.</summary>
    public static (PaymentFilter Filter, string Text) Read(IEnumerable<(string Name, IReadOnlyList<string?> Values)> parameters, Validation validation)
    {
        List<(string Name, PaymentFilter Filter)> parts = [];
        foreach (var (name, values) in parameters.Where(parameter => Find(parameter.Name) == parameter.Name))
        {
            var parameter = ByName.GetValueOrDefault(name);
            var key = PaymentQuery.MetadataKey(name);
            var field = key is null ? parameter?.Field : PaymentField.Metadata(key);
            validation.AddIf(key is not null && !Metadata.IsKey(key), name, Metadata.KeyRule);
            if (values.Count > 1 && (field is null || parameter?.Comparison is not null))
            {
                validation.Add(name, "must be given only once");
                continue;
            }

            parts.Add((name, field is null ? PaymentQuery.Read(values[0] ?? "", validation)
                : parameter?.Comparison is { } comparison ? new PaymentFilter.Compared((OrderedPaymentField)field, comparison, ReadEach(field, name, values, validation)[0])
                : new PaymentFilter.OneOf(field, ReadEach(field, name, values, validation))));
        }

        if (validation.HasErrors)
        {
            return (PaymentFilter.None, "");
        }

        var filters = parts.Select(part => part.Filter).Where(part => part != PaymentFilter.None).ToList();
        var filter = filters is [var one] ? one : new PaymentFilter.All(filters);
        var text = PaymentQuery.Write(filter);
        var terms = Terms(filter);
        if (terms > PaymentFilter.MaxTerms)
        {
            var rule = $"must have at most {PaymentFilter.MaxTerms} values, including those of the other filter parameters; there are {terms}";
            validation.Add(parts.MaxBy(part => Terms(part.Filter)).Name, rule);
        }

        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            var rule = $"must be at most {MaxBytes / 1024} KiB, including the other filter parameters";
            validation.Add(parts.MaxBy(part => PaymentQuery.Write(part.Filter).Length).Name, rule);
        }

        return (filter, text);
    }

    /// <summary>Reads the text of a filter; null if it is not one.</summary>
    public static PaymentFilter? Read(string text)
    {
        var validation = new Validation();
        var filter = text.Length == 0 ? PaymentFilter.None : PaymentQuery.Read(text, validation, CursorDepth);
        return validation.HasErrors || Terms(filter) > PaymentFilter.MaxTerms ? null : filter;
    }

    private static List<string> ReadEach(PaymentField field, string name, IEnumerable<string?> texts, Validation validation)
    {
        List<string> values = [];
        foreach (var text in texts)
        {
            var value = field.Parse(text ?? "");
            var plus = field == PaymentField.CreatedAt && text?.Contains(' ', StringComparison.Ordinal) is true ? "; send + as %2B" : "";
            validation.AddIf(value is null, name, $"{field.Rule}{plus}");
            values.Add(value ?? "");
        }

        return [.. values.Distinct()];
    }

    private static int Terms(PaymentFilter filter) => filter switch
    {
        PaymentFilter.All all => all.Filters.Sum(Terms),
        PaymentFilter.Any any => any.Filters.Sum(Terms),
        PaymentFilter.Except except => Terms(except.Filter),
        PaymentFilter.OneOf oneOf => oneOf.Values.Count,
        _ => 1,
    };
}
