using System.Globalization;
using Payments.Bench.Load;

namespace Payments.Bench;

/// <summary>All measurements of one run. The endpoints take turns in each round, so ratios stay comparable if the machine's speed changes.</summary>
internal sealed class Run(Arguments arguments, Report report)
{
    private const int Rounds = 10;
    private const int WarmUps = 3;
    private const int LargestPage = 1000;
    private const int Starts = 5;
    private const int BurstEvents = 5000;
    private const int SustainedEvents = 500;

    private readonly string _folder = Directory.CreateTempSubdirectory("payments-bench-").FullName;

    public static async Task AllAsync(Arguments arguments)
    {
        var report = new Report(arguments);
        var run = new Run(arguments, report);
        try
        {
            if (arguments.Against is { } against)
            {
                await run.CompareAsync(against);
            }
            else
            {
                await run.LoadAsync();
                foreach (var fill in arguments.Fills)
                {
                    await run.GrowAsync(fill);
                }
            }

            report.Print(Console.Out);
        }
        finally
        {
            Directory.Delete(run._folder, recursive: true);
        }
    }

    /// <summary>Measures each operation on each endpoint that supports it, then how fast the service starts with what it has stored.</summary>
    private async Task LoadAsync()
    {
        using var service = await Target.StartServiceAsync(Report.Service, Folder("service"), arguments.Service);
        using var plain = Target.StartPlain(Report.Plain, Folder("plain"), service);
        using var locked = Target.StartPlain(Report.Locked, Folder("locked"), service);
        using var noStorage = Target.StartPlain(Report.NoStorage, Folder("no-storage"), service);
        report.Memory("started", service);
        await MeasureAsync("create", Operation.Create, arguments.Connections, [service, plain, locked, noStorage]);
        report.Memory("after creates", service);
        await MeasureAsync("replay", Operation.Replay, arguments.Connections, [service, plain]);
        await MeasureAsync("get", Operation.Get, arguments.Connections, [service, plain, noStorage]);
        await MeasureListsAsync("", [service, plain, noStorage]);
        report.Memory("after replays, gets and lists", service);
        await MeasureExportAsync("export", "ndjson", [service, plain]);
        await MeasureExportAsync("csv", "csv", [service]);
        report.Memory("after exports", service);
        await MeasureImportAsync([service]);
        report.Memory("after imports", service);
        await MeasureAsync("single", Operation.Create, 1, [service, plain, noStorage]);
        await MeasureEventsAsync();
        await MeasureProviderEventsAsync();
        if (arguments.Has("start"))
        {
            await service.StopAsync();
            await MeasureStartsAsync(service);
        }
    }

    /// <summary>Compares two builds of the service.</summary>
    private async Task CompareAsync(string against)
    {
        using var service = await Target.StartServiceAsync(Report.Service, Folder("service"), arguments.Service);
        using var other = await Target.StartServiceAsync(Report.Against, Folder("against"), against);
        await MeasureAsync("create", Operation.Create, arguments.Connections, [service, other]);
        await MeasureAsync("replay", Operation.Replay, arguments.Connections, [service, other]);
        await MeasureAsync("get", Operation.Get, arguments.Connections, [service, other]);
        await MeasureListsAsync("", [service, other]);
        await MeasureExportAsync("export", "ndjson", [service, other]);
        await MeasureExportAsync("csv", "csv", [service, other]);
        await MeasureImportAsync([service, other]);
        await MeasureAsync("single", Operation.Create, 1, [service, other]);
        report.Memory("at the end", service);
    }

    private async Task MeasureListsAsync(string when, Target[] targets)
    {
        await MeasureAsync($"list{when}", Operation.List, arguments.Connections, targets);
        await MeasureAsync($"filtered{when}", Operation.Filtered, arguments.Connections, targets);
        await MeasureAsync($"list100{when}", Operation.List100, arguments.Connections, targets);
        // Over fewer connections, because a round must be long enough for several pages over each.
        await MeasureAsync($"list1000{when}", Operation.List1000, Math.Max(1, arguments.Connections / 8), targets);
    }

    private Task MeasureImportAsync(Target[] targets) =>
        MeasureAsync("import", 1, targets, needsStored: false, (measurement, target, time) => measurement.ImportAsync(target, time));

    private Task MeasureExportAsync(string name, string format, Target[] targets) =>
        MeasureAsync(name, 1, targets, needsStored: true, (measurement, target, time) => measurement.ExportAsync(target, format, time));

    private async Task MeasureEventsAsync()
    {
        if (!arguments.Has("events"))
        {
            return;
        }

        using var service = await Target.StartServiceAsync(Report.Service, Folder("events"), arguments.Service, environment: "Development");
        await using var events = await Events.StartAsync(service);
        var time = TimeSpan.FromSeconds(arguments.Seconds);
        Progress("events: delays");
        report.Delays(await events.DelaysAsync(time));
        Progress("events: backlog");
        report.Backlog(await events.ThroughputAsync());
        Progress("events: endpoints that never respond");
        report.Delays(await events.BesideDeadEndpointsAsync(time));
        report.Memory("with 102 webhook endpoints", service);
    }

    private async Task MeasureProviderEventsAsync()
    {
        if (!arguments.Has("provider-event"))
        {
            return;
        }

        using var service = await Target.StartServiceAsync(Report.Service, Folder("provider-events"), arguments.Service);
        using var creates = await Target.StartServiceAsync(Report.Creates, Folder("creates"), arguments.Service);
        var events = await ProviderEvents.StartAsync(service);
        foreach (var (name, operation) in ((string, Operation)[])[("provider-event, new payment", events.NewPayment), ("provider-event, ignored", events.Ignored), ("provider-event, mix", events.Mix)])
        {
            await MeasureAsync(
                name, arguments.Connections, [service, creates], needsStored: false,
                (measurement, target, time) => SendAsync(measurement, target, target == service ? operation : Operation.Create, arguments.Connections, time));
        }

        Progress("provider-event: burst");
        report.Burst(BurstEvents, await events.SendAsync(BurstEvents, arguments.Connections));
        Progress("provider-event: sustained");
        var count = arguments.Seconds * SustainedEvents;
        report.Sustained(SustainedEvents, count, await events.SendAsync(count, arguments.Connections, SustainedEvents));
        report.Memory("after provider events", service);
    }

    private async Task MeasureStartsAsync(Target service)
    {
        var stored = service.Sent;
        for (var start = 0; start < Starts; start++)
        {
            using var again = await Target.StartServiceAsync(Report.Service, service.Folder, arguments.Service, service.Sample, stored);
            report.Start(await again.FirstCreateAsync());
            stored = again.Sent;
            await again.StopAsync();
        }
    }

    /// <summary>Compares a database that already contains payments with an empty one.</summary>
    private async Task GrowAsync(long payments)
    {
        var folder = Folder("filled");
        var fill = new Fill(Path.Combine(folder, "payments.db"));
        var (sample, bytes) = await fill.ToAsync(payments, done => Progress($"fill {done:N0} of {payments:N0}"));
        using var empty = await Target.StartServiceAsync(Report.Service, Folder($"empty-{payments}"), arguments.Service);
        using var filled = await Target.StartServiceAsync(Report.Service, folder, arguments.Service, sample, payments);
        report.Grown(payments, bytes);
        await MeasureAsync($"create, {payments:N0} stored", Operation.Create, arguments.Connections, [filled, empty]);
        await MeasureAsync($"get, {payments:N0} stored", Operation.Get, arguments.Connections, [filled, empty]);
        await MeasureListsAsync($", {payments:N0} stored", [filled, empty]);
        report.Memory($"with {payments:N0} stored", filled);
        await filled.StopAsync();
        if (arguments.Has("pages"))
        {
            using var service = await Target.StartServiceAsync(Report.Service, folder, arguments.Service, sample, filled.Sent, "Development");
            using var pages = new DashboardPages(service);
            await pages.OpenAsync(Progress);
            Progress("pages");
            report.Pages(filled.Sent, await pages.MeasureAsync(TimeSpan.FromSeconds((double)arguments.Seconds / Rounds)));
            await service.StopAsync();
        }

        if (arguments.Has("verify"))
        {
            Progress("verify");
            report.Verified(filled.Sent, await Target.VerifyAsync(folder, arguments.Service));
        }
    }

    private Task MeasureAsync(string name, Operation operation, int connections, Target[] targets) => MeasureAsync(
        name, connections, targets, operation != Operation.Create, (measurement, target, time) => SendAsync(measurement, target, operation, connections, time));

    private async Task MeasureAsync(
        string name, int connections, Target[] targets, bool needsStored, Func<Measurement, Target, TimeSpan, Task> measure)
    {
        if (!arguments.Has(name.Split(',')[0]))
        {
            return;
        }

        // With --only, little may be stored yet. The largest page must be full on each endpoint.
        foreach (var target in targets.Where(_ => needsStored))
        {
            while (target.Sent < LargestPage)
            {
                await SendAsync(new Measurement(), target, Operation.Create, arguments.Connections, TimeSpan.FromSeconds(2));
            }
        }

        var time = TimeSpan.FromSeconds((double)arguments.Seconds / Rounds);
        var measurements = targets.Select(_ => new Measurement()).ToList();
        for (var round = 1 - WarmUps; round <= Rounds; round++)
        {
            foreach (var (i, target) in targets.Index())
            {
                // The first rounds let the runtime compile and are not counted.
                var measurement = round <= 0 ? new Measurement() : measurements[i];
                await measure(measurement, target, time);
                Progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}, {target.Name}: {(round <= 0 ? "warm-up" : $"round {round} of {Rounds}")}, {measurement.Rates[^1]:N0}/s"));
            }
        }

        foreach (var (i, target) in targets.Index())
        {
            report.Measured(name, connections, i, target.Name, measurements);
        }
    }

    private static async Task SendAsync(Measurement measurement, Target target, Operation operation, int connections, TimeSpan time)
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAsync(target.Address)));
        await measurement.RunAsync(target, operation, opened, time);
        Array.ForEach(opened, connection => connection.Dispose());
    }

    private static void Progress(string line) => Console.Error.WriteLine(line);

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
}
