using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Payments.Api.Json;
using Payments.Domain;

namespace Payments.Api.Http;

internal static class ApiControllers
{
    public static void AddApiControllers(this IServiceCollection services)
    {
        services.AddControllers(mvc => mvc.Filters.Add<AcceptHeaderFilter>()).ConfigureApiBehaviorOptions(api =>
        {
            api.SuppressMapClientErrors = true;
            // MVC itself checks only that a parameter has its type.
            api.InvalidModelStateResponseFactory = context => throw new ValidationException(
                [.. context.ModelState.Where(entry => entry.Value!.Errors.Count > 0).Select(entry => new FieldError(entry.Key, "cannot be read"))]);
        });
        services.AddSingleton<IPostConfigureOptions<MvcOptions>, StrictJsonInput>();
    }

    /// <summary>Maps the controllers, and HEAD to every action of GET: Kestrel sends the headers and leaves out the body (RFC 9110, section 9.3.2).</summary>
    public static void MapApiControllers(this WebApplication app) => app.MapControllers().Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<HttpMethodMetadata>().SingleOrDefault() is { } methods && methods.HttpMethods.Contains(HttpMethods.Get))
        {
            endpoint.Metadata.Remove(methods);
            endpoint.Metadata.Add(new HttpMethodMetadata([.. methods.HttpMethods, HttpMethods.Head]));
        }
    });
}
