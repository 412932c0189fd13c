using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Payments.Api.Hosting;

/// <summary>A section of the configuration that is checked when the service starts.</summary>
internal interface ISettings
{
    /// <summary>One line for each wrong setting: its key, its value unless it is secret, and what would be right.</summary>
    IEnumerable<string> Errors(IHostEnvironment environment);
}

internal static class Settings
{
    public static OptionsBuilder<TSettings> AddSettings<TSettings>(this IServiceCollection services, string section)
        where TSettings : class, ISettings
    {
        services.AddSingleton<IValidateOptions<TSettings>, Validation<TSettings>>();
        return services.AddOptions<TSettings>().BindConfiguration(section).ValidateOnStart();
    }

    private sealed class Validation<TSettings>(IHostEnvironment environment) : IValidateOptions<TSettings>
        where TSettings : class, ISettings
    {
        public ValidateOptionsResult Validate(string? name, TSettings options) =>
            options.Errors(environment).ToArray() is { Length: > 0 } errors ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }
}

/// <summary>A list that can be set as one text with spaces or commas, or as a JSON array.</summary>
[TypeConverter(typeof(TextConverter))]
internal sealed class SettingList : List<string>
{
    private sealed class TextConverter : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value)
        {
            var list = new SettingList();
            list.AddRange(((string)value).Split([' ', ','], StringSplitOptions.RemoveEmptyEntries));
            return list;
        }
    }
}
