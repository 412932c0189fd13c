using NJsonSchema;
using NSwag.Generation.Processors;
using NSwag.Generation.Processors.Contexts;
using Payments.Api.Http;

namespace Payments.Api.Lists;

/// <summary>Documents the parameters that <see cref="ListParameters"/> reads.</summary>
internal sealed class PageParameters : IOperationProcessor
{
    public bool Process(OperationProcessorContext context)
    {
        context.AddQueryParameter(
            "pageSize",
            $"The max number of items on a page, 1 to {PageRequest.MaxSize}. 0 means {PageRequest.DefaultSize}; a larger number means {PageRequest.MaxSize}.",
            new JsonSchema { Type = JsonObjectType.Integer, Format = "int64", Minimum = 0, Default = PageRequest.DefaultSize });
        context.AddQueryParameter(
            "cursor",
            "The value of `next` or `previous` in a response. The cursor contains the sort order, the filter and the page size. `sort` and filters cannot be "
            + "combined with it; `pageSize` is ignored.",
            new JsonSchema { Type = JsonObjectType.String });
        context.AddQueryParameter(
            "sort",
            $"`{ListParameters.Newest}` (newest first, the default) or `{ListParameters.Oldest}` (oldest first).",
            new JsonSchema { Type = JsonObjectType.String });
        return true;
    }
}
