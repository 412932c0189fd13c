using System.CommandLine;
using System.Text.RegularExpressions;
using Payments.Api.Authentication;
using Payments.Api.Hosting;

namespace Payments.Api.CommandLine;

/// <summary>The command line: the service itself, and commands that work on its database without HTTP and without a token.</summary>
internal static partial class ServiceCommand
{
    private const int CouldNotStart = 1;

    public static async Task<int> RunAsync(string[] args, Func<string[], WebApplicationBuilder> createBuilder, Func<WebApplicationBuilder, Task> serve)
    {
        var (rest, settings) = TakeSettings(args);
        var otherSettings = CommandHost.NamedValues(
            "settings", "Settings of the service, such as --urls=http://localhost:55002. Every command accepts --urls and settings with a colon, such as --Database:Provider=SqlServer. Other settings come before the command.");
        ParseResult parsed = null!;
        string[] AllSettings() => [.. settings, .. (parsed.GetValue(otherSettings) ?? []).Select(setting => $"--{setting.Key}={setting.Value}")];
        var host = new CommandHost(() => createBuilder(AllSettings()));
        var root = new RootCommand(
            """
            Runs the service, or one of the commands.
            Exit codes: 0 success; 1 lines were rejected, a difference was found, or the service is not ready or could not start; 2 the command could not be completed.
            """)
        {
            ImportCommand.Create(host), ExportCommand.Create(host), BackupCommands.Backup(host), BackupCommands.Restore(host),
            EventCommands.Verify(host), EventCommands.Checkpoint(host), EventCommands.NewEpoch(host), InboxCommand.Create(host), TotalsCommand.Rebuild(host), HealthCommand.Create(host),
            HashSecret(), otherSettings,
        };
        root.SetAction(async (_, _) =>
        {
            await serve(createBuilder(AllSettings()));
            return 0;
        });

        parsed = root.Parse(rest, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync(new InvocationConfiguration { Output = Console.Error });
            return CommandHost.CouldNotRun;
        }

        var isService = parsed.CommandResult.Command == root;
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // A command that is told to stop finishes what it has started. The host of the service handles signals itself.
                ProcessTerminationTimeout = isService ? null : Timeout.InfiniteTimeSpan,
            });
        }
        catch (Exception e) when (StartupErrors.Of(e) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
            {
                await Console.Error.WriteLineAsync(isService ? $"Payments cannot start. {error}" : error);
            }

            return isService ? CouldNotStart : CommandHost.CouldNotRun;
        }
    }

    // A setting can stand anywhere, because no option of a command is named urls or has a colon in its name.
    private static (string[] Others, string[] Settings) TakeSettings(string[] args)
    {
        var (rest, settings) = (new List<string>(), new List<string>());
        for (var i = 0; i < args.Length; i++)
        {
            var isSetting = Setting().IsMatch(args[i]);
            (isSetting ? settings : rest).Add(args[i]);
            if (isSetting && !args[i].Contains('=', StringComparison.Ordinal) && i + 1 < args.Length)
            {
                settings.Add(args[++i]);
            }
        }

        return ([.. rest], [.. settings]);
    }

    private static Command HashSecret()
    {
        var command = new Command(
            "hash-secret", "Reads the secret of a client, or the password of a user, from standard input. Prints its hash for Authentication:Clients:0:ClientSecretHash or Dashboard:Users:0:PasswordHash.");
        command.SetAction(_ =>
        {
            if (!Console.IsInputRedirected)
            {
                Console.Error.Write("Secret (shown as you type): ");
            }

            if (Console.In.ReadLine() is not { Length: > 0 } secret)
            {
                return CommandHost.Fail("Standard input contains no secret.");
            }

            if (secret == AuthenticationSettings.DevelopmentClient.ClientSecret)
            {
                return CommandHost.Fail("This is the public secret of the Development client. Choose another one.");
            }

            Console.WriteLine(Credential.SlowHash(secret));
            return 0;
        });
        return command;
    }

    [GeneratedRegex(@"^--(\w+:|urls(=|$))")] private static partial Regex Setting();
}
