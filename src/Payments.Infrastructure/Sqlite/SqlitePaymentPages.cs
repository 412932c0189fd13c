using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Reads a page by the shortest access path of its filter.</summary>
internal sealed class SqlitePaymentPages(IDatabase database) : IPaymentPages
{
    /// <summary>
    /// How many rows of a path are counted. A filter that matches more payments can be read in the list's order without passing too many others.
    /// </summary>
    internal int MaxCounted { get; init; } = 5000;

    public async Task<IReadOnlyList<PaymentRow>> ReadAsync(PaymentFilter filter, PageStart start, CancellationToken cancellationToken)
    {
        var paths = new SqlitePaymentPaths(filter);
        var path = await ChooseAsync(paths, cancellationToken);
        var statement = paths.Page(path, start.Ascending);
        paths.SetStart(start);
        return await database.QueryAsync<PaymentRow>(statement, paths.Parameters, cancellationToken);
    }

    private async Task<AccessPath> ChooseAsync(SqlitePaymentPaths paths, CancellationToken cancellationToken)
    {
        if (paths.ByIndex is [] or [{ IsOrdered: true }])
        {
            return paths.ByIndex.FirstOrDefault(paths.InOrder);
        }

        paths.Parameters.Add("MaxRows", MaxCounted);
        var counts = await database.QueryAsync<(int Path, int Found)>(paths.Count(), paths.Parameters, cancellationToken);
        var fewest = counts.MinBy(count => (count.Found, count.Path));
        return fewest.Found < MaxCounted ? paths.ByIndex[fewest.Path] : paths.ByIndex.FirstOrDefault(path => path.IsOrdered, paths.InOrder);
    }
}
