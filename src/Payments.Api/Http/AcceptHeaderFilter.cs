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
        var answers = context.ActionDescriptor.EndpointMetadata.OfType<ResponseTypesAttribute>().FirstOrDefault() ?? Json;
        if (answers.Types.All(type => Quality(context.HttpContext.Request, type) == 0))
        {
            context.Result = new StatusCodeResult(StatusCodes.Status406NotAcceptable);
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }

    /// <summary>How much the client prefers a media type, from 0 (excluded) to 1. The most specific of the matching ranges decides (RFC 9110, section 12.5.1).</summary>
    public static double Quality(HttpRequest request, string type)
    {
        var accept = request.GetTypedHeaders().Accept;
        return accept.Count == 0
            ? 1
            : accept.Where(range => range.MatchesMediaType(type)).MinBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0) is { } range
                ? range.Quality ?? 1
                : 0;
    }
}
