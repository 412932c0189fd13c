using System.CommandLine;
using System.Data.Common;
using Microsoft.Extensions.Logging.Console;
using Payments.Api.Errors;
using Payments.Api.Hosting;
using Payments.Api.Json;
using Payments.Api.Observability;
using Payments.Application.Events;
using Payments.Domain.Events;

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
        CurrentActor.Value = new(ActorKind.CommandLine, Environment.UserName);
        await using var scope = app.Services.CreateAsyncScope();
        try
        {
            return await run(scope.ServiceProvider);
        }
        catch (ValidationException e)
        {
            return Fail(string.Join(Environment.NewLine, e.Errors.Select(error => $"{error.Field} {error.Rule}.")));
        }
        catch (ConflictException e)
        {
            return Fail(string.Join(Environment.NewLine, e.Errors.Select(error => $"{error.Field} {error.Rule}.").Prepend(e.Message)));
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

    /// <summary>An argument that accepts options which the command line does not know: --name=value or --name value, any number of them.</summary>
    public static Argument<KeyValuePair<string, string>[]> NamedValues(string name, string description) => new(name)
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = description,
        CustomParser = result =>
        {
            var values = new List<KeyValuePair<string, string>>();
            for (var i = 0; i < result.Tokens.Count; i++)
            {
                var token = result.Tokens[i].Value;
                var isOption = token.StartsWith("--", StringComparison.Ordinal);
                if (token.Split('=', 2) is [var before, var after])
                {
                    values.Add(new(before.TrimStart('-', '/'), after));
                }
                else if (isOption && i + 1 < result.Tokens.Count)
                {
                    values.Add(new(token[2..], result.Tokens[++i].Value));
                }
                else
                {
                    result.AddError(isOption ? $"Required argument missing for option: '{token}'." : $"Unrecognized command or argument '{token}'.");
                }
            }

            return [.. values];
        },
    };

    /// <summary>The full path of a file from the folder of the caller. `dotnet run --project` starts the process in the folder of the project.</summary>
    public static string FullPath(string path)
    {
        var caller = Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is null ? null : Environment.GetEnvironmentVariable("PWD");
        return Path.GetFullPath(path, Directory.Exists(caller) ? caller : Environment.CurrentDirectory);
    }
}
