using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using NJsonSchema;
using NSwag.Annotations;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Hosting;
using Payments.Api.Http;
using Payments.Api.Lists;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>A query parameter that filters payments by a field.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Field">The field.</param>
/// <param name="Description">The description in the OpenAPI document.</param>
/// <param name="Schema">The type of the value in the OpenAPI document.</param>
/// <param name="Comparison">How the field compares with the value; null for equality, which accepts several values.</param>
internal sealed record PaymentFilterParameter(string Name, PaymentField Field, string Description, Type Schema, Comparison? Comparison = null);

/// <summary>Documents the parameters that <see cref="PaymentFilterParameters"/> reads.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PaymentFilterParametersAttribute() : OpenApiOperationProcessorAttribute(typeof(Processor))
{
    private sealed class Processor : IOperationProcessor
    {
        public bool Process(OperationProcessorContext context)
        {
            foreach (var parameter in PaymentFilterParameters.All)
            {
                var value = context.SchemaOf(parameter.Schema);
                context.AddQueryParameter(
                    parameter.Name,
                    parameter.Description,
                    parameter.Comparison is null ? new JsonSchema { Type = JsonObjectType.Array, Item = value } : value);
            }

            context.AddQueryParameter(
                "metadata",
                "Metadata entries, as `metadata[key]=value`.",
                new JsonSchema { Type = JsonObjectType.Object, AdditionalPropertiesSchema = new JsonSchema { Type = JsonObjectType.String } });
            context.AddQueryParameter("query", PaymentQuery.Description, new JsonSchema { Type = JsonObjectType.String });
            return true;
        }
    }
}

/// <summary>The parameters that filter payments. A payment must match every parameter; of a repeated one, any value.</summary>
internal static class PaymentFilterParameters
{
    /// <summary>A filter of this size fits into a cursor, and the cursor into a request line.</summary>
    public const int MaxBytes = Limits.RequestLineBytes / 2;

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

    /// <summary>The query of a request with case-sensitive names. In ASP.NET Core, metadata[a] and metadata[A] are the same parameter.</summary>
    public static QueryCollection Query(HttpRequest request)
    {
        // Lists, because appending to StringValues copies it and a request line has room for thousands of values.
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

    /// <summary>Whether a parameter filters payments.</summary>
    public static bool Has(string name) => name == "query" || ByName.ContainsKey(name) || PaymentQuery.TryReadMetadataKey(name, out _);

    /// <summary>Reads the filter of a request, and its text for a cursor. Adds broken rules to the validation.</summary>
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
                validation.Add(name, "must be given only once");
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
            validation.Add("query", $"must have at most {PaymentFilter.MaxTerms} values, including those of the other filter parameters; it has {terms}");
        }
        else if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            validation.Add("query", $"must be at most {MaxBytes / 1024} KiB, including the other filter parameters");
        }

        return (filter, text);
    }

    /// <summary>Reads the filter of a cursor.</summary>
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
                var plus = field == PaymentField.CreatedAt && text?.Contains(' ', StringComparison.Ordinal) is true ? "; send + as %2B" : "";
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
