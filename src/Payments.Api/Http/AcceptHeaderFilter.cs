using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Payments.Api.Http;

/// <summary>What an action answers where it is not JSON; one of several types is enough for the caller to take.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ResponseTypesAttribute(params string[] types) : Attribute
{
    public IReadOnlyList<string> Types { get; } = types;
}

/// <summary>Refuses a request that cannot take the type of its answer before anything is done for it; MVC by itself finds out afterwards.</summary>
internal sealed class AcceptHeaderFilter : IResourceFilter
{
    private static readonly ResponseTypesAttribute Json = new("application/json");

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var headers = context.HttpContext.Request.GetTypedHeaders();
        var answers = context.ActionDescriptor.EndpointMetadata.OfType<ResponseTypesAttribute>().FirstOrDefault() ?? Json;
        if (headers.Accept.Count > 0 && !answers.Types.Any(type => Takes(headers, type)))
        {
            context.Result = new StatusCodeResult(StatusCodes.Status406NotAcceptable);
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }

    // Of the ranges that fit, the most specific one decides (RFC 9110, section 12.5.1).
    private static bool Takes(RequestHeaders headers, string type) =>
        headers.Accept.Where(range => range.MatchesMediaType(type)).MinBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0)
            is { Quality: not 0 };
}
