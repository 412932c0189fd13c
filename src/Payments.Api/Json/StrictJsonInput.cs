using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;
using Microsoft.Extensions.Options;

namespace Payments.Api.Json;

/// <summary>Makes MVC read bodies only as strict JSON, keep path values as they are and leave validation to the value objects.</summary>
internal sealed class StrictJsonInput(IOptions<JsonOptions> json) : IPostConfigureOptions<MvcOptions>
{
    public void PostConfigure(string? name, MvcOptions options)
    {
        options.InputFormatters.Clear();
        options.InputFormatters.Add(new JsonBodyFormatter(json.Value));
        // With these, MVC reads a whole form before it rejects its media type.
        options.ValueProviderFactories.RemoveType<FormValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<FormFileValueProviderFactory>();
        // The attributes on requests are only for the OpenAPI document.
        options.ModelValidatorProviders.Clear();
        options.ModelMetadataDetailsProviders.Add(new KeepEmptyStrings());
    }

    /// <summary>MVC turns a path segment of white space into null, but it must be reported as an invalid id.</summary>
    private sealed class KeepEmptyStrings : IDisplayMetadataProvider
    {
        public void CreateDisplayMetadata(DisplayMetadataProviderContext context) => context.DisplayMetadata.ConvertEmptyStringToNull = false;
    }
}
