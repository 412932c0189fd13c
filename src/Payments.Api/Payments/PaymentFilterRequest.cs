using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using NJsonSchema;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Http;
using Payments.Api.Lists;

namespace Payments.Api.Payments;

/// <summary>Reads and documents the parameters of a request that filter payments.</summary>
internal sealed class PaymentFilterRequest : IOperationProcessor
{
    /// <summary>The query of a request with case-sensitive names. In ASP.NET Core, metadata[a] and metadata[A] are the same parameter.</summary>
    public static QueryCollection Query(HttpRequest request)
    {
        List<KeyValuePair<string, string>> parameters = [];
        foreach (var parameter in new QueryStringEnumerable(request.QueryString.Value))
        {
            parameters.Add(new(parameter.DecodeName().ToString(), parameter.DecodeValue().ToString()));
        }

        return Query(parameters);
    }

    public static QueryCollection Query(IEnumerable<KeyValuePair<string, string>> parameters) => new(
        parameters.GroupBy(parameter => parameter.Key, parameter => parameter.Value).ToDictionary(values => values.Key, values => new StringValues([.. values])));

    /// <inheritdoc cref="PaymentFilterParameters.Read(IEnumerable{ValueTuple{string, IReadOnlyList{string}}}, Validation)"/>
    public static (PaymentFilter Filter, string Text) Read(IQueryCollection query, Validation validation) =>
        PaymentFilterParameters.Read(query.Select(parameter => (parameter.Key, (IReadOnlyList<string?>)parameter.Value)), validation);

    public static PaymentFilter Read(string cursorFilter, Validation validation)
    {
        var filter = PaymentFilterParameters.Read(cursorFilter);
        validation.AddIf(filter is null, "cursor", ListParameters.CursorRule);
        return filter ?? PaymentFilter.None;
    }

    public bool Process(OperationProcessorContext context)
    {
        foreach (var parameter in PaymentFilterParameters.All)
        {
            var value = context.SchemaOf(parameter.Schema);
            var schema = parameter.Comparison is null ? new JsonSchema { Type = JsonObjectType.Array, Item = value } : value;
            context.AddQueryParameter(parameter.Name, parameter.Description, schema);
        }

        var entries = new JsonSchema { Type = JsonObjectType.Object, AdditionalPropertiesSchema = new JsonSchema { Type = JsonObjectType.String } };
        context.AddQueryParameter("metadata", "Metadata entries, as `metadata[key]=value`.", entries);
        context.AddQueryParameter("query", PaymentQuery.Description, new JsonSchema { Type = JsonObjectType.String });
        return true;
    }
}
