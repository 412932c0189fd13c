using System.Text.Json;

namespace Payments.Application.Connectors;

/// <summary>The settings of a connector as JSON.</summary>
internal static class SettingsJson
{
    /// <exception cref="ValidationException">A value contains a lone surrogate, which a JSON escape can express and text cannot.</exception>
    public static JsonElement Write<TSettings>(TSettings settings)
    {
        try
        {
            return JsonSerializer.SerializeToElement(settings);
        }
        catch (JsonException)
        {
            throw new ValidationException([new("settings", "must not contain a lone surrogate")]);
        }
    }
}
