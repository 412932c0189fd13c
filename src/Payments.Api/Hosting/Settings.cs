namespace Payments.Api.Hosting;

/// <summary>A section of the configuration that is checked when the service starts.</summary>
internal interface ISettings
{
    /// <summary>What can be wrong, each with one line: the key, the value unless it is secret, and what would be right.</summary>
    IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment);
}

internal static class Settings
{
    public static OptionsBuilder<TSettings> AddSettings<TSettings>(this IServiceCollection services, string section)
        where TSettings : class, ISettings
    {
        services.AddSingleton<IValidateOptions<TSettings>, Validation<TSettings>>();
        return services.AddOptions<TSettings>().BindConfiguration(section).ValidateOnStart();
    }

    public static string[] Errors(this ISettings settings, IHostEnvironment environment) =>
        [.. settings.Checks(environment).Where(check => check.IsWrong).Select(check => check.Error)];

    private sealed class Validation<TSettings>(IHostEnvironment environment) : IValidateOptions<TSettings>
        where TSettings : class, ISettings
    {
        public ValidateOptionsResult Validate(string? name, TSettings options) =>
            options.Errors(environment) is { Length: > 0 } errors ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }
}
