using System.Collections.Concurrent;
using System.Globalization;

namespace Payments.Durability;

/// <summary>The process ends under load, by force or in order, and starts again on the same database.</summary>
internal static class Ends
{
    public static async Task<string> KillAsync(Trial trial)
    {
        var (underLoad, atCheckpoint, atStart) = (0, 0, 0);
        while (underLoad + atCheckpoint + atStart < trial.Extent.Kills)
        {
            using (var service = await trial.StartAsync())
            {
                await trial.VerifyAsync(service);
                var load = trial.Load(service);
                await trial.UntilAcknowledgedAsync();
                var before = File.GetLastWriteTimeUtc(trial.DatabaseFile);
                var isAtCheckpoint = false;
                if (trial.Random.Next(5) == 0)
                {
                    isAtCheckpoint = await Load.UntilAsync(() => File.GetLastWriteTimeUtc(trial.DatabaseFile) != before, trial.Extent.CheckpointTimeout);
                }
                else
                {
                    await Task.Delay(trial.Random.Next(1000));
                }

                service.Kill();
                _ = isAtCheckpoint ? atCheckpoint++ : underLoad++;
                await load.EndAsync();
            }

            // Half of the time, the next start is killed too.
            if (trial.Random.Next(2) == 0 && underLoad + atCheckpoint + atStart < trial.Extent.Kills)
            {
                using var starting = trial.Launch();
                await Task.Delay(trial.Starts[^1] * trial.Random.NextDouble());
                starting.Kill();
                atStart++;
            }

            trial.Progress($"{underLoad + atCheckpoint + atStart} of {trial.Extent.Kills} kills; {trial.Summary()}");
        }

        using (var service = await trial.StartAsync())
        {
            await trial.VerifyAsync(service);
            await trial.VerifyAllAsync(service);
        }

        return $"{underLoad} kills under load, {atCheckpoint} at a checkpoint, {atStart} during a start; {trial.Summary()}";
    }

    public static async Task<string> LosePowerAsync(Trial trial)
    {
        using var disk = new Volume(trial.Folder, 1024);
        trial.DataFolder = disk.Path;
        for (var loss = 1; loss <= trial.Extent.PowerLosses; loss++)
        {
            using var service = await trial.StartAsync();
            await trial.VerifyAsync(service);
            var load = trial.Load(service, readsMayFail: true);
            await trial.UntilAcknowledgedAsync();
            await Task.Delay(trial.Random.Next(1000));
            service.IsEnding = true;
            // Without power no response is sent. A running service could respond, because a flush may report success while the file system shuts down.
            await service.FreezeAsync();
            disk.PowerOff();
            service.Kill();
            await load.EndAsync();
            disk.Remount();
            trial.Progress($"{loss} of {trial.Extent.PowerLosses} power losses; {trial.Summary()}");
        }

        using (var service = await trial.StartAsync())
        {
            await trial.VerifyAsync(service);
            await trial.VerifyAllAsync(service);
        }

        return $"{trial.Extent.PowerLosses} losses; {trial.Summary()}";
    }

    public static async Task<string> ShutDownAsync(Trial trial)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new CannotRunHereException("Windows has no SIGTERM");
        }

        string summary;
        var import = new ConcurrentQueue<Entry>();
        using (var service = await trial.StartAsync())
        {
            // Neither half a request nor an endless import may keep the service from stopping.
            using var half = await service.SendHalfAsync();
            var load = trial.Load(service);
            var results = 0;
            var importing = ImportAsync();
            await Load.UntilAsync(() => results >= 500 && trial.Ledger.Acknowledged >= results + 500, TimeSpan.FromSeconds(60));
            var (code, errors, time) = service.Terminate();
            await load.EndAsync();
            await importing;
            summary = string.Create(CultureInfo.InvariantCulture, $"exit in {time.TotalSeconds:0.0} s with code {code}; an endless import was cut after {results:N0} results; ");
            if (code != 0 || errors != "" || time > TimeSpan.FromSeconds(10))
            {
                trial.Fault($"The service did not stop in order: {summary}{errors}");
            }

            if (File.Exists($"{trial.DatabaseFile}-wal"))
            {
                trial.Fault("The write-ahead log was left behind.");
            }

            async Task ImportAsync()
            {
                try
                {
                    await foreach (var line in service.ImportAsync(Lines(), long.MaxValue))
                    {
                        import.TryDequeue(out var entry);
                        load.Acknowledge(entry!, line, isFirst: true);
                        results++;
                    }
                }
                catch (IOException) when (service.IsEnding)
                {
                }
            }
        }

        using var again = await trial.StartAsync();
        foreach (var entry in trial.Ledger.Entries.Where(
            entry => entry is { IsSentTwice: false, Open: { } open } && open.Before != open.After && !import.Contains(entry)))
        {
            var found = await again.SendAsync(HttpMethod.Get, $"payments/{entry.Open!.After.Id}");
            if (found.Body == entry.Open.After.Response)
            {
                trial.Fault($"{entry.Open} was in progress and is stored, but got no response.");
            }
        }

        await trial.VerifyAsync(again);
        await trial.VerifyAllAsync(again);
        return summary + trial.Summary();

        IEnumerable<string> Lines()
        {
            while (true)
            {
                var entry = trial.Ledger.New();
                entry.Open = new Payment(entry.Number).Create();
                import.Enqueue(entry);
                yield return $"{entry.Open.Body}\n";
                Thread.Sleep(1); // limits what has to be verified
            }
        }
    }
}
