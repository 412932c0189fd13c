using System.Globalization;
using Payments.Bench.Load;

namespace Payments.Bench;

/// <summary>All measurements of one run. Endpoints take turns round by round, so that a figure's ratio holds when the machine's speed drifts.</summary>
internal sealed class Run(Arguments arguments, Report report)
{
    private const int Rounds = 10;
    private const int WarmUps = 3;
    private const int Starts = 5;

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

    /// <summary>Each operation on each endpoint that has it; then how fast the service starts again on what it has stored.</summary>
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
        await MeasureAsync("list", Operation.List, arguments.Connections, [service, plain, noStorage]);
        report.Memory("after replays, gets and lists", service);
        await MeasureAsync("import", null, 1, [service]);
        report.Memory("after imports", service);
        await MeasureAsync("single", Operation.Create, 1, [service, plain, noStorage]);
        if (arguments.Has("start"))
        {
            await service.StopAsync();
            await MeasureStartsAsync(service);
        }
    }

    /// <summary>Two builds of the service beside each other, for whoever changes it.</summary>
    private async Task CompareAsync(string against)
    {
        using var service = await Target.StartServiceAsync(Report.Service, Folder("service"), arguments.Service);
        using var other = await Target.StartServiceAsync(Report.Against, Folder("against"), against);
        await MeasureAsync("create", Operation.Create, arguments.Connections, [service, other]);
        await MeasureAsync("replay", Operation.Replay, arguments.Connections, [service, other]);
        await MeasureAsync("get", Operation.Get, arguments.Connections, [service, other]);
        await MeasureAsync("list", Operation.List, arguments.Connections, [service, other]);
        await MeasureAsync("import", null, 1, [service, other]);
        await MeasureAsync("single", Operation.Create, 1, [service, other]);
        report.Memory("at the end", service);
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

    /// <summary>The same on a store that holds so many payments already, beside an empty one.</summary>
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
        await MeasureAsync($"list, {payments:N0} stored", Operation.List, arguments.Connections, [filled, empty]);
        report.Memory($"with {payments:N0} stored", filled);
        await filled.StopAsync();
    }

    private async Task MeasureAsync(string name, Operation? operation, int connections, Target[] targets)
    {
        if (!arguments.Has(name.Split(',')[0]))
        {
            return;
        }

        var time = TimeSpan.FromSeconds((double)arguments.Seconds / Rounds);
        // With --only, nothing may be stored yet that could be read or replayed.
        foreach (var target in targets.Where(target => operation is not null && operation != Operation.Create && target.Sent == 0))
        {
            await SendAsync(new Measurement(), target, Operation.Create, connections, TimeSpan.FromSeconds(1));
        }

        var measurements = targets.Select(_ => new Measurement()).ToList();
        for (var round = 1 - WarmUps; round <= Rounds; round++)
        {
            for (var i = 0; i < targets.Length; i++)
            {
                // The first rounds let the runtime compile; they are not counted.
                var measurement = round <= 0 ? new Measurement() : measurements[i];
                if (operation is null)
                {
                    await measurement.ImportAsync(targets[i], time);
                }
                else
                {
                    await SendAsync(measurement, targets[i], operation, connections, time);
                }

                Progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}, {targets[i].Name}: {(round <= 0 ? "warm-up" : $"round {round} of {Rounds}")}, {measurement.Rates[^1]:N0}/s"));
            }
        }

        for (var i = 0; i < targets.Length; i++)
        {
            report.Measured(name, connections, i, targets[i].Name, measurements);
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
