using System.Collections.Concurrent;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Reads a page by the shortest access path of its filter.</summary>
internal sealed class SqlitePaymentPages(IDatabase database) : IPaymentPages
{
    private const int MaxKnown = 1000;
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);

    // A choice that has become wrong is slow, but its pages are right.
    private readonly ConcurrentDictionary<string, (int Path, long Until)> _known = new();

    /// <summary>How many rows of a path are counted. A filter that matches more payments can be read in the
    /// list's order without passing too many others.</summary>
    internal int MaxCounted { get; init; } = 5000;

    public async Task<T> ReadAsync<T>(
        PaymentFilter filter, PageStart start, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var paths = new SqlitePaymentPaths(filter);
        var path = await ChooseAsync(paths, cancellationToken);
        var statement = paths.Page(path, start.Ascending);
        paths.SetStart(start);
        return await database.ReadAsync(statement, paths.Parameters, read, cancellationToken);
    }

    private async Task<AccessPath> ChooseAsync(SqlitePaymentPaths paths, CancellationToken cancellationToken)
    {
        if (paths.ByIndex is [] or [{ IsOrdered: true }])
        {
            return paths.ByIndex.FirstOrDefault(paths.InOrder);
        }

        var statement = paths.Count();
        var key = paths.Key(statement);
        if (!_known.TryGetValue(key, out var known) || known.Until < Environment.TickCount64)
        {
            paths.Parameters.Add("MaxRows", MaxCounted);
            var counts = await database.QueryAsync<(int Path, int Found)>(statement, paths.Parameters, cancellationToken);
            var fewest = counts.MinBy(count => (count.Found, count.Path));
            var path = fewest.Found < MaxCounted ? fewest.Path : paths.ByIndex.ToList().FindIndex(path => path.IsOrdered);
            known = (path, Environment.TickCount64 + (long)KnownFor.TotalMilliseconds);
            if (_known.Count >= MaxKnown)
            {
                _known.Clear();
            }

            _known[key] = known;
        }

        return known.Path < 0 ? paths.InOrder : paths.ByIndex[known.Path];
    }
}
