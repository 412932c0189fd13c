namespace Payments.Durability;

/// <summary>The size of a run.</summary>
/// <param name="Seed">The seed of the program's own choices. The timing of the machine is not repeatable.</param>
/// <param name="Connections">The number of concurrent connections.</param>
/// <param name="Kills">The number of times the service is killed.</param>
/// <param name="PowerLosses">The number of times the disk loses what was not flushed.</param>
/// <param name="Outage">How long an outage lasts after the first 503.</param>
/// <param name="CheckpointTimeout">How long to wait for a checkpoint that is to be interrupted.</param>
/// <param name="BusySeconds">How long a commit waits for other processes.</param>
internal sealed record Extent(int Seed, int Connections, int Kills, int PowerLosses, TimeSpan Outage, TimeSpan CheckpointTimeout, int BusySeconds)
{
    public static Extent Long { get; } = new(Random.Shared.Next(), 32, 60, 20, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20), 5);

    public static Extent Short { get; } = new(Random.Shared.Next(), 16, 5, 1, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), 1);
}

/// <summary>One kind of failure.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Fail">Causes the failure, checks the service, and returns details for the report.</param>
/// <param name="IsShort">Whether it is quick enough for CI.</param>
internal sealed record Scenario(string Name, Func<Trial, Task<string>> Fail, bool IsShort = true)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill", Ends.KillAsync),
        new("power-loss", Ends.LosePowerAsync),
        new("shutdown", Ends.ShutDownAsync),
        new("full-disk", Outages.FullDiskAsync),
        new("full-disk-at-checkpoint", Outages.FullDiskAtCheckpointAsync, IsShort: false),
        new("failing-writes", Outages.FailingWritesAsync),
        new("read-only-file", Outages.ReadOnlyFileAsync, IsShort: false),
        new("locked-file", Outages.LockedFileAsync),
        new("sql-server-gone", Outages.SqlServerGoneAsync),
    ];

    public async Task<Result> RunAsync(Extent extent, TextWriter progress)
    {
        using var trial = new Trial(extent, progress);
        try
        {
            var details = await Fail(trial);
            return new(Name, null, details, trial.Faults);
        }
        catch (CannotRunHereException e)
        {
            return new(Name, e.Message, "", []);
        }
        catch (Exception e)
        {
            return new(Name, null, "", [.. trial.Faults, $"The scenario ended early: {e}"]);
        }
    }

    public override string ToString() => Name;
}

/// <summary>The result of a scenario.</summary>
/// <param name="Name">The name of the scenario.</param>
/// <param name="Skipped">Why it cannot run here; null if it ran.</param>
/// <param name="Details">What was done and measured.</param>
/// <param name="Faults">Each broken guarantee.</param>
internal sealed record Result(string Name, string? Skipped, string Details, IReadOnlyCollection<string> Faults)
{
    public string Verdict => Skipped is not null ? "skipped" : Faults.Count == 0 ? "yes" : "NO";
}

/// <summary>This machine or this user cannot cause the failure.</summary>
internal sealed class CannotRunHereException(string reason) : Exception(reason);
