using Payments.Api.Payments.Import;

namespace Payments.Api.Dashboard;

/// <summary>An import from the dashboard. Its page asks for the counts while it runs.</summary>
public sealed class ImportRun
{
    internal const int MaxShown = 100;
    internal const int MaxRejected = 100_000;
    private const int MaxAssets = 10;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _skipped = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _withoutDecimals = new(StringComparer.Ordinal);
    private readonly List<ImportedLine> _shown = [];
    private readonly List<long> _rejected = [];

    internal void Add(ImportedLine line)
    {
        lock (_gate)
        {
            Count(_outcomes, line.Outcome);
            if (line.Kind is not null)
            {
                Count(_skipped, line.Kind);
            }

            if (line.StoredAsset is { } asset && !asset.Contains('/', StringComparison.Ordinal) && _withoutDecimals.Count < MaxAssets)
            {
                _withoutDecimals.Add(asset);
            }

            if (line.ErrorCode is not null && _rejected.Count < MaxRejected)
            {
                _rejected.Add(line.Line);
            }

            if (line.ErrorCode is not null && _shown.Count < MaxShown)
            {
                _shown.Add(line);
            }
        }

        static void Count(SortedDictionary<string, long> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
    }

    /// <summary>The counts now. Without the numbers of the rejected lines, because they can be many.</summary>
    internal ImportStatus ToStatus()
    {
        lock (_gate)
        {
            return new(
                _outcomes.Values.Sum(), new Dictionary<string, long>(_outcomes), new Dictionary<string, long>(_skipped),
                [.. _withoutDecimals], [.. _shown], [], null);
        }
    }

    /// <summary>The counts at the end, when no more lines are added.</summary>
    /// <param name="error">Why the import ended before the end of the file; null if it did not.</param>
    internal ImportStatus ToResult(string? error) => ToStatus() with { Rejected = _rejected, Error = error };
}

/// <summary>How far an import is.</summary>
/// <param name="Lines">The number of lines that have a result.</param>
/// <param name="Outcomes">The number of lines of each outcome.</param>
/// <param name="Skipped">The number of lines of a provider's report that are no payments, by the provider's name of their kind.</param>
/// <param name="WithoutDecimals">Assets of recorded payments that have no decimals, such as EUR. Many people mean EUR/2.</param>
/// <param name="Shown">The first rejected lines.</param>
/// <param name="Rejected">The numbers of the rejected lines, at most <see cref="ImportRun.MaxRejected"/>.</param>
/// <param name="Error">Why the import ended before the end of the file.</param>
public sealed record ImportStatus(
    long Lines,
    IReadOnlyDictionary<string, long> Outcomes,
    IReadOnlyDictionary<string, long> Skipped,
    IReadOnlyList<string> WithoutDecimals,
    IReadOnlyList<ImportedLine> Shown,
    IReadOnlyList<long> Rejected,
    string? Error);
