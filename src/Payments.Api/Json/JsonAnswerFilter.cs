using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Net.Http.Headers;

namespace Payments.Api.Json;

/// <summary>Refuses a request that cannot take a JSON answer before anything is done for it; MVC by itself finds out afterwards.</summary>
internal sealed class JsonAnswerFilter : IResourceFilter
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var accept = context.HttpContext.Request.GetTypedHeaders().Accept;
        if (accept.Count > 0 && !accept.Any(range => range.Quality != 0 && Json.IsSubsetOf(range)))
        {
            context.Result = new StatusCodeResult(StatusCodes.Status406NotAcceptable);
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}
