using System.Collections.Concurrent;
using System.Globalization;

namespace Payments.Durability.Tests.Scenarios;

/// <summary>The process ends under load, in disorder or in order, and is started again on the same file.</summary>
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
                    isAtCheckpoint = await Load.UntilAsync(() => File.GetLastWriteTimeUtc(trial.DatabaseFile) != before, trial.Extent.CheckpointPatience);
                }
                else
                {
                    await Task.Delay(trial.Random.Next(1000));
                }

                service.Kill();
                _ = isAtCheckpoint ? atCheckpoint++ : underLoad++;
                await load.EndAsync();
            }

            // Half of the time the next start does not come to its end either.
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

        return $"{underLoad} kills under load, {atCheckpoint} at a checkpoint, {atStart} in the midst of a start; {trial.Summary()}";
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
            // Without power nobody is answered, but a flush that is under way when the file system is shut down may come back as done.
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
            throw new NotPossibleHereException("Windows has no SIGTERM");
        }

        string summary;
        var import = new ConcurrentQueue<Entry>();
        using (var service = await trial.StartAsync())
        {
            // One that never sends its whole request, and an import without an end, must not keep the service from going.
            using var half = await service.SendHalfAsync();
            var load = trial.Load(service);
            var answered = 0;
            var importing = ImportAsync();
            await Load.UntilAsync(() => answered >= 500 && trial.Ledger.Acknowledged >= answered + 500, TimeSpan.FromSeconds(60));
            var (status, errors, time) = await service.TerminateAsync();
            await load.EndAsync();
            await importing;
            summary = string.Create(CultureInfo.InvariantCulture, $"exit in {time.TotalSeconds:0.0} s with status {status}; an import without an end was cut after {answered:N0} answers; ");
            if (status != 0 || errors != "" || time > TimeSpan.FromSeconds(10))
            {
                trial.Fault($"It did not end in order: {summary}{errors}");
            }

            if (File.Exists($"{trial.DatabaseFile}-wal"))
            {
                trial.Fault("Not all is in the one file.");
            }

            async Task ImportAsync()
            {
                try
                {
                    await foreach (var line in service.ImportAsync(Lines(), long.MaxValue))
                    {
                        import.TryDequeue(out var entry);
                        load.Take(entry!, line, isNew: true);
                        answered++;
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
            if (found.Body == entry.Open.After.Answer)
            {
                trial.Fault($"{entry.Open} was in flight, is stored and was not answered.");
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
                Thread.Sleep(1); // so that there is not too much to verify
            }
        }
    }
}
