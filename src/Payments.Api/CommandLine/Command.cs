using System.Data.Common;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;
using Payments.Api.Authentication;
using Payments.Api.Json;
using Payments.Api.Payments.Export;
using Payments.Api.Payments.Import;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;
using Payments.Infrastructure.Files;
using Payments.Infrastructure.Sqlite;

namespace Payments.Api.CommandLine;

/// <summary>The import, the export and the back-ups of the service, without HTTP and without a token: whoever may open the database may do this.</summary>
internal static class Command
{
    public const int CouldNotRun = 2;

    private const int SomeRefused = 1;

    private const long Megabyte = 1_000_000;

    public static async Task<int> RunAsync(Arguments arguments, IServiceProvider services)
    {
        using var stop = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return arguments.Name switch
            {
                "import" => await ImportAsync(arguments, services, stop.Token),
                "export" => await ExportAsync(arguments, services, stop.Token),
                "backup" => BackUp(arguments, services, stop.Token),
                _ => Restore(arguments, services, stop.Token),
            };
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
            or UnavailableException or InvalidBodyException or OperationCanceledException)
        {
            return Fail(e.Message);
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Turns a client's secret into what may stand in a file of settings.</summary>
    public static int HashSecret(Arguments arguments)
    {
        foreach (var option in arguments.Options.Keys)
        {
            return Fail($"--{option} is not an option of hash-secret.");
        }

        if (!Console.IsInputRedirected)
        {
            Console.Error.Write("The secret, which is shown as you type it: ");
        }

        if (Console.In.ReadLine() is not { Length: > 0 } secret)
        {
            return Fail("There is no secret on standard input.");
        }

        if (secret == AuthenticationSettings.DevelopmentClientSecret)
        {
            return Fail("This secret is the one that Development is known for.");
        }

        Console.WriteLine(OAuthClient.SlowHash(secret));
        return 0;
    }

    private static async Task<int> ImportAsync(Arguments arguments, IServiceProvider services, CancellationToken stop)
    {
        if (Unknown(arguments, "format") is { } unknown)
        {
            return Fail(unknown);
        }

        var isStandardInput = arguments.File == "-";
        var path = isStandardInput ? "standard input" : FullPath(arguments.File!);
        if (!TryReadFormat(arguments, path, out var isCsv))
        {
            return Fail("--format must be ndjson or csv.");
        }

        await using var input = isStandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
        // A pipe has none.
        long? length = input.CanSeek ? input.Length : null;
        var lines = new LineReader(PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024)), isCsv);
        var json = services.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        var outcomes = WireName<ImportOutcome>.All.ToDictionary(outcome => outcome, _ => 0L);
        var count = 0L;
        var progress = new Progress();
        Exception? fault = null;
        try
        {
            await foreach (var line in services.GetRequiredService<PaymentImport>().RunAsync(lines, isCsv, stop))
            {
                count++;
                outcomes[line.Outcome]++;
                if (line.Id is null)
                {
                    progress.Clear();
                    Console.WriteLine(JsonSerializer.Serialize(line, json));
                }

                progress.Show(count, length is > 0 ? (double)lines.BytesRead / length : null, Outcomes());
            }
        }
        catch (IOException e)
        {
            fault = e;
        }

        progress.Clear();
        Console.Error.WriteLine($"{Progress.Count(count)} lines of {path} in {progress.Elapsed}, {progress.Rate(count)}: {Outcomes()}.");
        if (stop.IsCancellationRequested || fault is not null)
        {
            return Fail($"{fault?.Message ?? "Stopped."} The lines so far are answered for; the same file again takes the rest and changes nothing of them.");
        }

        return count == outcomes["stored"] + outcomes["replayed"] ? 0 : SomeRefused;

        string Outcomes() => string.Join(", ", outcomes.Select(outcome => $"{outcome.Key} {Progress.Count(outcome.Value)}"));
    }

    private static async Task<int> ExportAsync(Arguments arguments, IServiceProvider services, CancellationToken stop)
    {
        var options = arguments.Options;
        options.Remove("output", out var output);
        var path = output.Count == 0 ? null : FullPath(output.ToString());
        if (path?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) is true)
        {
            options.TryAdd("format", "csv");
        }

        var (query, isCsv) = ExportParameters.Read(new QueryCollection(options));
        var payments = await services.GetRequiredService<IMediator>().Send(query, stop);
        var progress = new Progress();
        var count = 0L;
        try
        {
            await using var destination = path is null ? StandardOutput() : PrivateFile.Create(path);
            await services.GetRequiredService<PaymentExport>().WriteAsync(Counted(stop), isCsv, destination, Timeout.InfiniteTimeSpan, stop);
        }
        catch (Exception e) when (e is IOException or UnavailableException or OperationCanceledException)
        {
            progress.Clear();
            return Fail($"{(stop.IsCancellationRequested ? "Stopped." : e.Message)} After {Progress.Count(count)} payments or a little less. --after with the id of the last whole one goes on behind it.");
        }

        progress.Clear();
        Console.Error.WriteLine($"{Progress.Count(count)} payments to {path ?? "standard output"} in {progress.Elapsed}, {progress.Rate(count)}.");
        return 0;

        async IAsyncEnumerable<Payment> Counted([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var payment in payments.WithCancellation(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return payment;
                progress.Show(++count, null, "");
            }
        }
    }

    private static int BackUp(Arguments arguments, IServiceProvider services, CancellationToken stop)
    {
        if (Unknown(arguments) is { } unknown)
        {
            return Fail(unknown);
        }

        var file = FullPath(arguments.File!);
        var progress = new Progress("MB");
        var payments = services.GetRequiredService<DatabaseBackup>().Create(file, Megabytes(progress), stop);
        progress.Clear();
        Console.Error.WriteLine($"{Progress.Count(payments)} payments, {Progress.Count(new FileInfo(file).Length / Megabyte)} MB, are backed up to {file} and checked, in {progress.Elapsed}.");
        return 0;
    }

    private static int Restore(Arguments arguments, IServiceProvider services, CancellationToken stop)
    {
        if (Unknown(arguments) is { } unknown)
        {
            return Fail(unknown);
        }

        var file = FullPath(arguments.File!);
        var progress = new Progress("MB");
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var (payments, kept) = services.GetRequiredService<DatabaseBackup>().Restore(file, now, Megabytes(progress), stop);
        progress.Clear();
        Console.Error.WriteLine(
            $"{Progress.Count(payments)} payments are restored from {file} in {progress.Elapsed}. "
            + (kept is null ? "There was no database before." : $"What was there before is {kept}.")
            + " Start the service.");
        return 0;
    }

    private static Action<long, long> Megabytes(Progress progress) =>
        (done, all) => progress.Show(done / Megabyte, (double)done / all, "then it is checked");

    /// <summary>Says which option a command does not know; null where it knows all.</summary>
    private static string? Unknown(Arguments arguments, params string[] known) =>
        arguments.Options.Keys.Except(known).FirstOrDefault() is { } unknown ? $"--{unknown} is not an option of {arguments.Name}." : null;

    // The console's own stream takes a reader that has gone for one that has read all.
    private static Stream StandardOutput() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput()
        : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    private static bool TryReadFormat(Arguments arguments, string path, out bool isCsv)
    {
        string? format = arguments.Options.GetValueOrDefault("format");
        isCsv = format is null ? path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) : format == "csv";
        return format is null or "ndjson" or "csv";
    }

    // `dotnet run --project` starts in the project's folder; where it was called is what the caller means.
    private static string FullPath(string path) => Path.GetFullPath(
        path,
        Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is not null
        && Environment.GetEnvironmentVariable("PWD") is { } caller
        && Directory.Exists(caller)
            ? caller
            : Environment.CurrentDirectory);

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return CouldNotRun;
    }
}
