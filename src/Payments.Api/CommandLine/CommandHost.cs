using System.CommandLine;
using System.Data.Common;
using Microsoft.Extensions.Logging.Console;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Api.Observability;

namespace Payments.Api.CommandLine;

/// <summary>Runs a command on the services and the settings of the service.</summary>
internal sealed class CommandHost(Func<WebApplicationBuilder> createBuilder)
{
    public const int CouldNotRun = 2;

    public IConfiguration Configuration => createBuilder().Configuration;

    /// <param name="prepare">Prepares the database; null if the command does that itself.</param>
    public async Task<int> RunAsync(Action<WebApplication>? prepare, Func<IServiceProvider, Task<int>> run, CancellationToken stop)
    {
        var builder = createBuilder();
        // Standard output is for payments and responses only.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        JsonLog.Add(builder, Console.OpenStandardError);
        await using var app = builder.BuildChecked();
        prepare?.Invoke(app);
        await using var scope = app.Services.CreateAsyncScope();
        try
        {
            return await run(scope.ServiceProvider);
        }
        catch (ValidationException e)
        {
            return Fail(string.Join(Environment.NewLine, e.Errors.Select(error => $"{error.Field} {error.Rule}.")));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Fail("Stopped.");
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or DbException
            or UnavailableException or InvalidBodyException or LineTooLongException or OperationCanceledException)
        {
            return Fail(e.Message);
        }
    }

    public static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return CouldNotRun;
    }

    /// <summary>An argument for a file. It does not accept a mistyped option.</summary>
    public static Argument<string> FileArgument(string description)
    {
        var file = new Argument<string>("file") { Description = description };
        file.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', _, ..] option }, ..])
            {
                result.AddError($"Unrecognized command or argument '{option}'.");
            }
        });
        return file;
    }

    /// <summary>The full path of a file from the folder of the caller. `dotnet run --project` starts the process in the folder of the project.</summary>
    public static string FullPath(string path) => Path.GetFullPath(
        path,
        Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is not null
        && Environment.GetEnvironmentVariable("PWD") is { } caller
        && Directory.Exists(caller)
            ? caller
            : Environment.CurrentDirectory);
}
