using System.Text.RegularExpressions;
using Payments.Infrastructure.Startup;

namespace Payments.Api.Hosting;

/// <summary>Turns the exceptions that an operator can act on into lines without a stack trace.</summary>
internal static partial class StartupErrors
{
    /// <summary>One line for each error; none if the exception is a fault of the program.</summary>
    public static IReadOnlyList<string> Of(Exception exception) => exception switch
    {
        OptionsValidationException e => [.. e.Failures],
        AggregateException e when e.InnerExceptions.All(inner => inner is OptionsValidationException) => [.. e.InnerExceptions.SelectMany(Of).Distinct()],
        StartupException or UnavailableException => [exception.Message],
        // The file of settings is not JSON; the inner exception has the line.
        InvalidDataException e => [$"{e.Message} {e.GetBaseException().Message}"],
        InvalidOperationException e when Conversion().Match(e.Message) is { Success: true, Groups: var found } =>
            [$"{found["key"]} is '{found["value"]}'. Set it to {Wanted(found["type"].Value)}."],
        InvalidOperationException e when LogLevelValue().Match(e.Message) is { Success: true, Groups: var found } =>
            [$"A level under Logging:LogLevel is '{found["value"]}'. Set it to {string.Join(", ", Enum.GetNames<LogLevel>()[..^1])} or {LogLevel.None}."],
        _ => [],
    };

    private static string Wanted(string type) => type switch
    {
        "System.Boolean" => "true or false",
        "System.TimeSpan" => "a time span such as 00:00:30",
        "System.Int32" or "System.Int64" => "a whole number",
        "System.Double" => "a number",
        _ => $"a value of {type}",
    };

    // The configuration binder reports the key in its message only.
    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<key>.*)' to type '(?<type>.*)'", RegexOptions.Singleline)]
    private static partial Regex Conversion();

    // The logging framework does not report the key.
    [GeneratedRegex("^Configuration value '(?<value>.*)' is not supported", RegexOptions.Singleline)] private static partial Regex LogLevelValue();
}
