using Namotion.Reflection;
using NJsonSchema;
using NSwag;
using NSwag.Generation.Processors.Contexts;

namespace Payments.Api.Http;

/// <summary>Documents query parameters that an action reads from the query itself.</summary>
internal static class QueryParameters
{
    public static JsonSchema SchemaOf(this OperationProcessorContext context, Type type) =>
        context.SchemaGenerator.GenerateWithReference<JsonSchema>(type.ToContextualType(), context.SchemaResolver);

    public static void AddQueryParameter(this OperationProcessorContext context, string name, string description, JsonSchema schema)
    {
        var parameters = context.OperationDescription.Operation.Parameters;
        var isObject = schema.Type == JsonObjectType.Object;
        var isArray = schema.Type == JsonObjectType.Array;
        parameters.Add(new OpenApiParameter
        {
            Name = name,
            Description = description,
            Kind = OpenApiParameterKind.Query,
            Schema = schema,
            Position = parameters.Count + 1,
            Style = isObject ? OpenApiParameterStyle.DeepObject : isArray ? OpenApiParameterStyle.Form : OpenApiParameterStyle.Undefined,
            Explode = isObject || isArray,
        });
    }
}
