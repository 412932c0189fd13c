using System.CommandLine;
using System.IO.Compression;
using System.IO.Pipelines;
using Payments.Api.Hosting;
using Payments.Api.Payments.Import;
using Payments.Application.Providers;

namespace Payments.Api.CommandLine;

internal static class ImportCommand
{
    private const int SomeRejected = 1;

    public static Command Create(CommandHost host)
    {
        var file = CommandHost.FileArgument("The file, or - for standard input.");
        var format = new Option<string?>("--format")
        {
            Description = "ndjson, csv, or a provider's report: stripe-balance or adyen-settlement. The default is csv for a file with the extension .csv, otherwise ndjson.",
        };
        var connector = new Option<string?>("--connector") { Description = "The id of the connector that the payments of a provider's report belong to." };
        const string Description =
            "Records the payments of a file, which can be compressed with gzip. Each line of NDJSON is a create request or an exported payment; CSV has the columns of an export. "
            + "A provider's report is CSV as the provider exports it; its lines that are no payments are counted by kind. "
            + "The responses to rejected lines are written to standard output as NDJSON.";
        var command = new Command("import", Description) { file, format, connector };
        command.SetAction((parsed, stop) => host.RunAsync(
            app => app.PrepareSchema(), services => RunAsync(parsed.GetRequiredValue(file), parsed.GetValue(format), parsed.GetValue(connector), services, stop), stop));
        return command;
    }

    private static async Task<int> RunAsync(string file, string? format, string? connector, IServiceProvider services, CancellationToken stop)
    {
        var isStandardInput = file == "-";
        var path = isStandardInput ? "standard input" : CommandHost.FullPath(file);
        string[] formats = ["ndjson", "csv", .. services.GetServices<IProviderReport>().Select(report => report.Format)];
        var isReport = format is not (null or "ndjson" or "csv");
        if (format is not null && !formats.Contains(format))
        {
            return CommandHost.Fail($"--format must be one of: {string.Join(", ", formats)}.");
        }

        if (isReport != connector is not null)
        {
            return CommandHost.Fail(isReport ? $"--connector is required with --format {format}." : "--connector requires the --format of a provider's report.");
        }

        var isCsv = isReport || (format is null ? path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) : format == "csv");
        await using var input = isStandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
        // A pipe has no length.
        long? length = input.CanSeek ? input.Length : null;
        await using var gzip = IsGzip(input) ? new GZipStream(input, CompressionMode.Decompress) : null;
        var lines = new LineReader(PipeReader.Create(gzip ?? input, new StreamPipeReaderOptions(bufferSize: 64 * 1024)), isCsv);
        var json = services.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        var skipped = WireName<ImportOutcome>.Of(ImportOutcome.Skipped);
        var outcomes = WireName<ImportOutcome>.All.Where(outcome => isReport || outcome != skipped).ToDictionary(outcome => outcome, _ => 0L);
        var kinds = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var (count, rejected) = (0L, 0L);
        var progress = new Progress();
        Exception? fault = null;
        try
        {
            var import = services.GetRequiredService<PaymentImport>();
            await foreach (var line in await (isReport ? import.RunReportAsync(lines, format, connector, stop) : import.RunAsync(lines, isCsv, stop)))
            {
                count++;
                outcomes[line.Outcome]++;
                if (line.Kind is not null)
                {
                    kinds[line.Kind] = kinds.GetValueOrDefault(line.Kind) + 1;
                }
                else if (line.Id is null)
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
        if (kinds.Count > 0)
        {
            Console.Error.WriteLine($"Skipped, because they are no payments: {string.Join(", ", kinds.Select(kind => $"{kind.Key} {Progress.Count(kind.Value)}"))}.");
        }

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
