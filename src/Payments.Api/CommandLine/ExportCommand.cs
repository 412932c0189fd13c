using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Payments.Api.Hosting;
using Payments.Api.Payments;
using Payments.Api.Payments.Export;
using Payments.Infrastructure.Files;

namespace Payments.Api.CommandLine;

internal static class ExportCommand
{
    public static Command Create(CommandHost host)
    {
        var output = new Option<string?>("--output") { Description = "The new file. The default is standard output." };
        // Each is a parameter of the export over HTTP, which checks its value.
        Option<string?>[] parameters =
        [
            new("--format") { Description = "ndjson or csv. The default is csv for a file with the extension .csv, otherwise ndjson." },
            new("--sort") { Description = "createdAt:desc (newest first, the default) or createdAt:asc (oldest first)." },
            new("--after") { Description = "To resume an interrupted export: the id of its last complete payment." },
            new("--afterCreatedAt") { Description = "The createdAt of that payment in the interrupted export." },
        ];
        var filters = CommandHost.NamedValues("filters", "Filters of the payment list, such as --status SUCCEEDED --metadata[tenant]=acme. If a filter is repeated, a payment must match one of its values.");
        var command = new Command("export", "Writes all payments that match the filters to a new file or to standard output.") { filters, output };
        Array.ForEach(parameters, command.Add);
        command.SetAction((parsed, stop) =>
        {
            var given = parameters.Where(option => parsed.GetValue(option) is not null).Select(option => KeyValuePair.Create(option.Name[2..], parsed.GetValue(option)!));
            var query = PaymentFilterRequest.Query([.. parsed.GetValue(filters) ?? [], .. given]);
            return host.RunAsync(app => app.PrepareSchema(mayCreate: false), services => RunAsync(query, parsed.GetValue(output), services, stop), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(QueryCollection parameters, string? output, IServiceProvider services, CancellationToken stop)
    {
        var path = output is null ? null : CommandHost.FullPath(output);
        if (File.Exists(path))
        {
            return CommandHost.Fail($"{path} already exists. Delete it, or choose another name.");
        }

        var prefersCsv = path?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) is true;
        var query = ExportParameters.Read(parameters, prefersCsv);
        using var export = new PaymentExport(
            services.GetRequiredService<IMapper>(), services.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions, query.IsCsv);
        var pages = await services.GetRequiredService<IMediator>().Send(query.ToQuery(export.Write), stop);
        var progress = new Progress();
        var count = 0L;
        await using var destination = path is null ? StandardOutput() : PrivateFile.Create(path);
        try
        {
            await export.SendAsync(Counted(stop), destination, Timeout.InfiniteTimeSpan, stop);
        }
        catch (Exception e) when (e is IOException or UnavailableException or OperationCanceledException)
        {
            progress.Clear();
            return CommandHost.Fail(
                $"{(stop.IsCancellationRequested ? "Stopped." : e.Message)} About {Progress.Count(count, "payment")} {(count == 1 ? "was" : "were")} written. To resume, pass --after and --afterCreatedAt with the id and the createdAt of the last complete payment.");
        }

        progress.Clear();
        Console.Error.WriteLine($"Wrote {Progress.Count(count, "payment")} to {path ?? "standard output"} in {progress.Elapsed}, {progress.Rate(count)}.");
        return 0;

        async IAsyncEnumerable<IReadOnlyList<Range>> Counted([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var page in pages.WithCancellation(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return page;
                progress.Show(count += page.Count, null, "");
            }
        }
    }

    // The stream of Console ignores a closed pipe, so an export to a reader that has gone would seem complete.
    private static Stream StandardOutput() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput() : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
}
