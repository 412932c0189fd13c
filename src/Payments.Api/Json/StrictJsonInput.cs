using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;
using Microsoft.Extensions.Options;

namespace Payments.Api.Json;

/// <summary>Lets MVC read bodies in one way only and paths as they are, and leaves the rules of their values to where the values are made.</summary>
internal sealed class StrictJsonInput(IOptions<JsonOptions> json) : IPostConfigureOptions<MvcOptions>
{
    public void PostConfigure(string? name, MvcOptions options)
    {
        options.InputFormatters.Clear();
        options.InputFormatters.Add(new JsonBodyFormatter(json.Value));
        // Else MVC would read a form before it found out that it takes none.
        options.ValueProviderFactories.RemoveType<FormValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<FormFileValueProviderFactory>();
        // The attributes on requests are for the OpenAPI document.
        options.ModelValidatorProviders.Clear();
        options.ModelMetadataDetailsProviders.Add(new TextAsItIs());
    }

    /// <summary>Else a part of a path that is white space alone would be null, and not an id that does not decode.</summary>
    private sealed class TextAsItIs : IDisplayMetadataProvider
    {
        public void CreateDisplayMetadata(DisplayMetadataProviderContext context) => context.DisplayMetadata.ConvertEmptyStringToNull = false;
    }
}
