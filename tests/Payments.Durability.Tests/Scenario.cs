using Payments.Durability.Tests.Scenarios;

namespace Payments.Durability.Tests;

/// <summary>How much is done.</summary>
/// <param name="Seed">What all choices of this program come from; what the machine does in between is its own.</param>
/// <param name="Connections">How many ask at once.</param>
/// <param name="Kills">How often the service is killed.</param>
/// <param name="PowerLosses">How often the disk forgets what it was not told to keep.</param>
/// <param name="Outage">How long each outage lasts beyond the first 503.</param>
/// <param name="CheckpointPatience">How long a checkpoint is waited for where one is to be hit.</param>
/// <param name="BusySeconds">How long a commit waits for other processes.</param>
internal sealed record Extent(int Seed, int Connections, int Kills, int PowerLosses, TimeSpan Outage, TimeSpan CheckpointPatience, int BusySeconds)
{
    public static Extent Long { get; } = new(Random.Shared.Next(), 32, 60, 20, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20), 5);

    public static Extent Short { get; } = new(Random.Shared.Next(), 16, 5, 1, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), 1);
}

/// <summary>One way to harm the service.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Harm">What is done; returns what was seen.</param>
/// <param name="IsInShortForm">Whether CI has the time for it.</param>
internal sealed record Scenario(string Name, Func<Trial, Task<string>> Harm, bool IsInShortForm = true)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill", Ends.KillAsync),
        new("power-loss", Ends.LosePowerAsync),
        new("shutdown", Ends.ShutDownAsync),
        new("full-disk", Outages.FullDiskAsync),
        new("full-disk-at-checkpoint", Outages.FullDiskAtCheckpointAsync, IsInShortForm: false),
        new("failing-writes", Outages.FailingWritesAsync),
        new("read-only-file", Outages.ReadOnlyFileAsync, IsInShortForm: false),
        new("locked-file", Outages.LockedFileAsync),
        new("sql-server-gone", Outages.SqlServerGoneAsync),
    ];

    public async Task<Result> RunAsync(Extent extent, TextWriter progress)
    {
        using var trial = new Trial(extent, progress);
        try
        {
            var seen = await Harm(trial);
            return new(Name, null, seen, trial.Faults);
        }
        catch (NotPossibleHereException e)
        {
            return new(Name, e.Message, "", []);
        }
        catch (Exception e)
        {
            return new(Name, null, "", [.. trial.Faults, $"It could not be brought to its end: {e}"]);
        }
    }

    public override string ToString() => Name;
}

/// <summary>What a scenario came to.</summary>
/// <param name="Name">The scenario.</param>
/// <param name="Skipped">Why it could not be run here; null where it could.</param>
/// <param name="Seen">What was done and seen.</param>
/// <param name="Faults">Each broken promise; none is what all this is for.</param>
internal sealed record Result(string Name, string? Skipped, string Seen, IReadOnlyCollection<string> Faults)
{
    public string Verdict => Skipped is not null ? "skipped" : Faults.Count == 0 ? "yes" : "NO";
}

/// <summary>This machine or this user cannot bring the scenario about.</summary>
internal sealed class NotPossibleHereException(string reason) : Exception(reason);
