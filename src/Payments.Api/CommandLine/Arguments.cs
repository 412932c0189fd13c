using Microsoft.Extensions.Primitives;
using Payments.Infrastructure.Startup;

namespace Payments.Api.CommandLine;

/// <summary>What a command is to do.</summary>
/// <param name="Name">import, export, backup, restore, health or hash-secret.</param>
/// <param name="File">The file to import, where - is standard input, to back up to or to restore.</param>
/// <param name="Options">Its options; an export's are the parameters of the export over HTTP, and output.</param>
/// <param name="Settings">Settings of the service, such as --Database:ConnectionString, as its own command line has them.</param>
internal sealed record Arguments(string Name, string? File, Dictionary<string, StringValues> Options, string[] Settings)
{
    public const string Usage =
        """
        Usage:
          import <file | -> [--format ndjson|csv]
              Records the payments of a file, or of standard input: a create request or an exported payment in each line of NDJSON, or
              a CSV with the columns of an export. The answers of refused lines go to standard output as NDJSON.
          export [--format ndjson|csv] [--output <file>] [--sort createdAt:asc] [--after <paymentID>] [a filter of the list ...]
              Writes all payments that match to a new file, or to standard output.
          backup <file>
              Copies the SQLite database into a new file while the service runs, and checks the copy. The signing key and the settings are
              not in it.
          restore <file>
              Puts a back-up in the place of the SQLite database. The service must be stopped; what was there is kept beside it.
          health
              Asks the service that runs with the same settings on this machine whether it is ready.
          hash-secret
              Reads a client's secret from standard input and prints its hash, for Authentication:Clients:0:ClientSecretHash.
        A setting of the service, such as --Database:ConnectionString="Data Source=...", may stand beside each but the last.
        Exit codes: 0 all was done or it is ready, 1 lines were refused or it is not ready, 2 it could not run or not to its end.
        """;

    /// <summary>Whether it is meant as one: all that is no setting, lest a mistyped command starts a second service.</summary>
    public static bool IsCommand(string name) => !name.StartsWith('-') && !name.StartsWith('/') && !name.Contains('=', StringComparison.Ordinal);

    private static bool NeedsFile(string name) => name is "import" or "backup" or "restore";

    /// <summary>Reads the command; null where there is none, which starts the service.</summary>
    /// <exception cref="StartupException">An argument has no meaning.</exception>
    public static Arguments? Read(string[] args)
    {
        if (args is ["--help" or "-h" or "-?"])
        {
            return new("", null, new() { ["help"] = "true" }, []);
        }

        if (args is not [var name, ..] || !IsCommand(name))
        {
            return null;
        }

        if (name is not ("health" or "hash-secret" or "export") && !NeedsFile(name))
        {
            throw new StartupException($"'{name}' is not a command.\n{Usage}");
        }

        string? file = null;
        var options = new Dictionary<string, StringValues>();
        var settings = new List<string>();
        for (var i = 1; i < args.Length; i++)
        {
            if (args[i] is "--help" or "-h" or "-?")
            {
                options["help"] = "true";
            }
            else if (args[i].StartsWith("--", StringComparison.Ordinal))
            {
                var (option, value) = args[i].Split('=', 2) is [var before, var behind] ? (before[2..], behind)
                    : i + 1 < args.Length ? (args[i][2..], args[++i])
                    : throw new StartupException($"{args[i]} needs a value.\n{Usage}");
                if (option.Contains(':', StringComparison.Ordinal))
                {
                    settings.Add($"--{option}={value}");
                }
                else
                {
                    options[option] = StringValues.Concat(options.GetValueOrDefault(option), value);
                }
            }
            else if (file is null && NeedsFile(name))
            {
                file = args[i];
            }
            else
            {
                throw new StartupException($"'{args[i]}' is one argument too many.\n{Usage}");
            }
        }

        return file is null && NeedsFile(name) && !options.ContainsKey("help")
            ? throw new StartupException($"{name} needs a file.\n{Usage}")
            : new(name, file, options, [.. settings]);
    }
}
