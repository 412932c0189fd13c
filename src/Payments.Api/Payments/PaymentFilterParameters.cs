using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Payments.Api.Hosting;
using Payments.Api.Lists;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>One of the parameters that choose payments by a value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Field">What it asks for.</param>
/// <param name="Description">What it asks for, for the OpenAPI document.</param>
/// <param name="Schema">The type whose schema its value has; null for a string.</param>
/// <param name="Comparison">How the field stands to it; null where it is the same, and the parameter may be given more than once.</param>
internal sealed record PaymentFilterParameter(string Name, PaymentField Field, string Description, Comparison? Comparison = null, Type? Schema = null);

/// <summary>The parameters that choose payments. Different ones must all hold; of one that is given more than once any value does.</summary>
internal static class PaymentFilterParameters
{
    // With it a cursor still fits into the line of a request, which is twice as long.
    private const int MaxBytes = Limits.RequestLineBytes / 2;

    // What reading a filter back from a cursor may add: the parameters beside it, and $not for "$exists": false.
    private const int CursorDepth = PaymentFilter.MaxDepth + 2;

    /// <summary>Those of one value each; besides them there are <c>metadata[key]</c> and <c>query</c>.</summary>
    public static IReadOnlyList<PaymentFilterParameter> All { get; } =
    [
        new("reference", PaymentField.Reference, "The provider's reference."),
        new("connectorID", PaymentField.ConnectorId, "The id of the connector it came through."),
        new("provider", PaymentField.Provider, "The connector's provider, by its name in the contract or in ids."),
        new("type", PaymentField.Type, "Which way the money goes.", Schema: typeof(PaymentType)),
        new("status", PaymentField.Status, "How far the payment has come.", Schema: typeof(PaymentStatus)),
        new("scheme", PaymentField.Scheme, "The scheme that carries it.", Schema: typeof(PaymentScheme)),
        new("asset", PaymentField.Asset, "What its amounts are of, such as USD/2."),
        new("sourceAccountID", PaymentField.SourceAccountId, "The id of the account the money leaves."),
        new("destinationAccountID", PaymentField.DestinationAccountId, "The id of the account the money reaches."),
        new("amountGte", PaymentField.Amount, "The least that is left of the payment, in minor units.", Comparison.GreaterOrEqual, typeof(MinorUnits)),
        new("amountLte", PaymentField.Amount, "The most that is left of the payment, in minor units.", Comparison.LessOrEqual, typeof(MinorUnits)),
        new("createdAtFrom", PaymentField.CreatedAt, "The first instant, RFC 3339 with an offset.", Comparison.GreaterOrEqual),
        new("createdAtTo", PaymentField.CreatedAt, "The first instant that is too late, RFC 3339 with an offset.", Comparison.Less),
    ];

    private static readonly Dictionary<string, PaymentFilterParameter> ByName = All.ToDictionary(parameter => parameter.Name);

    /// <summary>The parameters of a request, each by its own name: to ASP.NET Core metadata[a] and metadata[A] are one.</summary>
    public static QueryCollection Query(HttpRequest request)
    {
        // Lists, for StringValues are copied with each value that is put to them, and a line has room for thousands.
        Dictionary<string, List<string>> query = [];
        foreach (var parameter in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = parameter.DecodeName().ToString();
            if (!query.TryGetValue(name, out var values))
            {
                query[name] = values = [];
            }

            values.Add(parameter.DecodeValue().ToString());
        }

        return new QueryCollection(query.ToDictionary(parameter => parameter.Key, parameter => new StringValues([.. parameter.Value])));
    }

    /// <summary>Whether a parameter is one of these.</summary>
    public static bool Has(string name) => name == "query" || ByName.ContainsKey(name) || PaymentQuery.TryReadMetadataKey(name, out _);

    /// <summary>Reads the filter of a request, and its text for a cursor; broken rules go to the validation.</summary>
    public static (PaymentFilter Filter, string Text) Read(IQueryCollection query, Validation validation)
    {
        List<PaymentFilter> filters = [];
        foreach (var (name, values) in query.Where(parameter => Has(parameter.Key)))
        {
            if (PaymentQuery.TryReadMetadataKey(name, out var key))
            {
                if (!Metadata.IsKey(key))
                {
                    validation.Add(name, Metadata.KeyRule);
                }

                var field = PaymentField.Metadata(key);
                filters.Add(new PaymentFilter.OneOf(field, ReadEach(field, name, values, validation)));
            }
            else if (ByName.TryGetValue(name, out var parameter) && parameter.Comparison is null)
            {
                filters.Add(new PaymentFilter.OneOf(parameter.Field, ReadEach(parameter.Field, name, values, validation)));
            }
            else if (values.Count > 1)
            {
                validation.Add(name, "must be given once");
            }
            else if (parameter is not null)
            {
                filters.Add(new PaymentFilter.Compared((OrderedPaymentField)parameter.Field, parameter.Comparison!.Value, ReadEach(parameter.Field, name, values, validation)[0]));
            }
            else if (PaymentQuery.Read(values[0] ?? "", validation) is var read && read != PaymentFilter.None)
            {
                filters.Add(read);
            }
        }

        if (validation.HasErrors)
        {
            return (PaymentFilter.None, "");
        }

        var filter = filters is [var one] ? one : new PaymentFilter.All(filters);
        var text = PaymentQuery.Write(filter);
        if (Terms(filter) is > PaymentFilter.MaxTerms and var terms)
        {
            validation.Add("query", $"must have at most {PaymentFilter.MaxTerms} values, those of the other parameters among them; it has {terms}");
        }
        else if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            validation.Add("query", $"must be at most {MaxBytes / 1024} KiB, the other parameters among them");
        }

        return (filter, text);
    }

    /// <summary>Reads the text that a cursor carries.</summary>
    public static PaymentFilter Read(string cursorFilter, Validation validation)
    {
        var reading = new Validation();
        var filter = cursorFilter.Length == 0 ? PaymentFilter.None : PaymentQuery.Read(cursorFilter, reading, CursorDepth);
        if (reading.HasErrors || Terms(filter) > PaymentFilter.MaxTerms)
        {
            validation.Add("cursor", ListParameters.CursorRule);
        }

        return filter;
    }

    private static List<string> ReadEach(PaymentField field, string name, IEnumerable<string?> texts, Validation validation)
    {
        List<string> values = [];
        foreach (var text in texts)
        {
            if (field.Parse(text ?? "") is not { } value)
            {
                var plus = field == PaymentField.CreatedAt && text?.Contains(' ', StringComparison.Ordinal) is true ? "; a + is sent as %2B" : "";
                validation.Add(name, $"{field.Rule}{plus}");
            }
            else if (!values.Contains(value))
            {
                values.Add(value);
            }
        }

        return validation.HasErrors ? [""] : values;
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
