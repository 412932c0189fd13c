using System.CommandLine;
using System.Runtime.CompilerServices;
using MediatR;
using Microsoft.Win32.SafeHandles;
using Payments.Api.Payments;
using Payments.Api.Payments.Export;
using Payments.Domain;
using Payments.Domain.Payments;
using Payments.Infrastructure.Files;

namespace Payments.Api.CommandLine;

internal static class ExportCommand
{
    public static Command Create(CommandHost host)
    {
        var output = new Option<string?>("--output") { Description = "The new file; standard output without it." };
        // Each is a parameter of the export over HTTP, which checks its value.
        Option<string?>[] parameters =
        [
            new("--format") { Description = "ndjson or csv. Without it, a file with the extension .csv is CSV and everything else NDJSON." },
            new("--sort") { Description = "createdAt:desc, the default, or createdAt:asc." },
            new("--after") { Description = "The id of the last complete payment of an interrupted export, to resume it." },
        ];
        var filters = NamedValues.Argument("filters", "Filters of the payment list, such as --status SUCCEEDED --metadata[tenant]=acme. A repeated filter accepts each of its values.");
        var command = new Command("export", "Writes all payments that match to a new file or to standard output.") { filters, output };
        Array.ForEach(parameters, command.Add);
        command.SetAction((parsed, stop) =>
        {
            var given = parameters.Where(option => parsed.GetValue(option) is not null).Select(option => KeyValuePair.Create(option.Name[2..], parsed.GetValue(option)!));
            var query = PaymentFilterParameters.Query([.. parsed.GetValue(filters) ?? [], .. given]);
            return host.RunAsync(onPayments: true, services => RunAsync(query, parsed.GetValue(output), services, stop), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(QueryCollection parameters, string? output, IServiceProvider services, CancellationToken stop)
    {
        var path = output is null ? null : CommandHost.FullPath(output);
        var prefersCsv = path?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) is true;
        var (query, isCsv) = ExportParameters.Read(parameters, prefersCsv);
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
            return CommandHost.Fail(
                $"{(stop.IsCancellationRequested ? "Stopped." : e.Message)} About {Progress.Count(count)} payments are written. To resume, pass --after with the id of the last complete payment.");
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

    // The stream of Console ignores a closed pipe, so an export to a reader that has gone would seem complete.
    private static Stream StandardOutput() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput()
        : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
}
