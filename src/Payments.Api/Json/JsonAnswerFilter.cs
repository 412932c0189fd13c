using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Payments.Api.Json;

/// <summary>Refuses a request that cannot take a JSON answer before anything is done for it; MVC by itself finds out afterwards.</summary>
internal sealed class JsonAnswerFilter : IResourceFilter
{
    private const string Json = "application/json";

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var accept = context.HttpContext.Request.GetTypedHeaders().Accept;
        // Of the ranges that fit, the most specific one decides (RFC 9110, section 12.5.1).
        var range = accept.Where(range => range.MatchesMediaType(Json)).MinBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0);
        if (accept.Count > 0 && (range is null || range.Quality == 0))
        {
            context.Result = new StatusCodeResult(StatusCodes.Status406NotAcceptable);
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}
