using System.CommandLine;
using System.IO.Compression;
using System.IO.Pipelines;
using Payments.Api.Hosting;
using Payments.Api.Payments.Import;

namespace Payments.Api.CommandLine;

internal static class ImportCommand
{
    private const int SomeRejected = 1;

    public static Command Create(CommandHost host)
    {
        var file = CommandHost.FileArgument("The file, or - for standard input.");
        var format = new Option<string?>("--format") { Description = "The format. The default is csv for a file with the extension .csv, otherwise ndjson." };
        format.AcceptOnlyFromAmong("ndjson", "csv");
        const string Description =
            "Records the payments of a file, which can be compressed with gzip. Each line of NDJSON is a create request or an exported payment; CSV has the columns of an export. "
            + "The responses to rejected lines are written to standard output as NDJSON.";
        var command = new Command("import", Description) { file, format };
        command.SetAction((parsed, stop) => host.RunAsync(
            app => app.PrepareSchema(), services => RunAsync(parsed.GetRequiredValue(file), parsed.GetValue(format), services, stop), stop));
        return command;
    }

    private static async Task<int> RunAsync(string file, string? format, IServiceProvider services, CancellationToken stop)
    {
        var isStandardInput = file == "-";
        var path = isStandardInput ? "standard input" : CommandHost.FullPath(file);
        var isCsv = format is null ? path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) : format == "csv";
        await using var input = isStandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
        // A pipe has no length.
        long? length = input.CanSeek ? input.Length : null;
        await using var gzip = IsGzip(input) ? new GZipStream(input, CompressionMode.Decompress) : null;
        var lines = new LineReader(PipeReader.Create(gzip ?? input, new StreamPipeReaderOptions(bufferSize: 64 * 1024)), isCsv);
        var json = services.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        var outcomes = WireName<ImportOutcome>.All.ToDictionary(outcome => outcome, _ => 0L);
        var (count, rejected) = (0L, 0L);
        var progress = new Progress();
        Exception? fault = null;
        try
        {
            await foreach (var line in await services.GetRequiredService<PaymentImport>().RunAsync(lines, isCsv, stop))
            {
                count++;
                outcomes[line.Outcome]++;
                if (line.Id is null)
                {
                    rejected++;
                    progress.Clear();
                    Console.WriteLine(JsonSerializer.Serialize(line, json));
                }

                progress.Show(count, length is > 0 ? (double)input.Position / length : null, Outcomes());
            }
        }
        catch (IOException e)
        {
            fault = e;
        }

        progress.Clear();
        Console.Error.WriteLine($"{Progress.Count(count, "line")} of {path} in {progress.Elapsed}, {progress.Rate(count)}: {Outcomes()}.");
        if (stop.IsCancellationRequested || fault is not null)
        {
            return CommandHost.Fail($"{fault?.Message ?? "Stopped."} The other lines were not imported. To continue, import the same file again: recorded payments do not change.");
        }

        return rejected == 0 ? 0 : SomeRejected;

        static bool IsGzip(Stream file)
        {
            if (!file.CanSeek)
            {
                return false;
            }

            var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return isGzip;
        }

        string Outcomes() => string.Join(", ", outcomes.Select(outcome => $"{outcome.Key} {Progress.Count(outcome.Value)}"));
    }
}
