using Microsoft.AspNetCore.Mvc.Filters;
using Payments.Api.Json;

namespace Payments.Api.Http;

/// <summary>Rejects a request whose Accept header excludes the response, before the request has any effect. MVC checks only afterwards.</summary>
internal sealed class AcceptHeaderFilter : IResourceFilter
{
    private static readonly ProducesAttribute Json = new(MediaTypes.Json);

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        // A page of the dashboard is HTML, whatever the browser accepts.
        if (context.HttpContext.Request.Path.StartsWithSegments("/dashboard"))
        {
            return;
        }

        var responses = context.ActionDescriptor.EndpointMetadata.OfType<ProducesAttribute>().FirstOrDefault() ?? Json;
        if (responses.ContentTypes.All(type => Quality(context.HttpContext.Request, type) == 0))
        {
            context.Result = new StatusCodeResult(StatusCodes.Status406NotAcceptable);
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context) { }

    /// <summary>How much the client prefers a media type, from 0 (excluded) to 1. The most specific of the matching ranges decides (RFC 9110, section 12.5.1).
    /// Unlike in ASP.NET Core, <c>application/json</c> does not match types that end with <c>+json</c>.</summary>
    public static double Quality(HttpRequest request, string type)
    {
        var accept = request.GetTypedHeaders().Accept;
        var range = accept.Where(range => range.MatchesMediaType(type) && (range.MatchesAllSubTypesWithoutSuffix || range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)))
            .MinBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0);
        return accept.Count == 0 ? 1 : range is null ? 0 : range.Quality ?? 1;
    }
}
