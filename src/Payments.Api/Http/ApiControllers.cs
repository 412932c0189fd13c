using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;
using Payments.Api.Json;

[assembly: ApiController]

namespace Payments.Api.Http;

internal static class ApiControllers
{
    /// <summary>Adds the controllers. They read bodies only as strict JSON, and leave validation to the value objects.</summary>
    public static void AddApiControllers(this IServiceCollection services)
    {
        services.AddControllers(mvc => mvc.Filters.Add<AcceptHeaderFilter>()).ConfigureApiBehaviorOptions(api =>
        {
            api.SuppressMapClientErrors = true;
            // MVC itself checks only that a parameter has its type.
            api.InvalidModelStateResponseFactory = context => throw new ValidationException(
                [.. context.ModelState.Where(entry => entry.Value!.Errors.Count > 0).Select(entry => new FieldError(entry.Key, "cannot be read"))]);
        });
        services.AddOptions<MvcOptions>().PostConfigure<IOptions<JsonOptions>>((mvc, json) =>
        {
            mvc.InputFormatters.Clear();
            mvc.InputFormatters.Add(new JsonBodyFormatter(json.Value.JsonSerializerOptions));
            // With these, MVC reads a whole form before it rejects its media type.
            mvc.ValueProviderFactories.RemoveType<FormValueProviderFactory>();
            mvc.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
            mvc.ValueProviderFactories.RemoveType<FormFileValueProviderFactory>();
            // The attributes on requests are only for the OpenAPI document, so MVC must not walk through each request to look for them.
            mvc.ModelValidatorProviders.Clear();
            mvc.ModelMetadataDetailsProviders.Add(new SuppressChildValidationMetadataProvider(typeof(object)));
            mvc.ModelMetadataDetailsProviders.Add(new KeepEmptyStrings());
        });
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

    /// <summary>MVC turns a path segment of white space into null, but it must be reported as an invalid id.</summary>
    private sealed class KeepEmptyStrings : IDisplayMetadataProvider
    {
        public void CreateDisplayMetadata(DisplayMetadataProviderContext context) => context.DisplayMetadata.ConvertEmptyStringToNull = false;
    }
}
