using System.Collections.Concurrent;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Lists;
using Payments.Infrastructure.Payments;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Reads a page by the shortest access path of its filter. The statement of a filter is written once.</summary>
internal sealed class SqlitePaymentPages(IDatabase database) : IPaymentPages
{
    // Of all statements and values together: a few MB.
    private const int MaxCharacters = 1_000_000;
    private static readonly TimeSpan PathLifetime = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(PaymentFilter Filter, bool Ascending), Statement> _known = new();
    private int _characters;

    /// <summary>How many rows of a path are counted. A filter that matches more payments can be read in the
    /// list's order without passing too many others.</summary>
    internal int MaxCounted { get; init; } = 5000;

    internal int KnownStatements => _known.Count;

    public async Task<T> ReadAsync<T>(
        PaymentFilter filter, PageStart start, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        // A path that has become wrong is slow, but its pages are right.
        if (!_known.TryGetValue((filter, start.Ascending), out var statement) || statement.Until < Environment.TickCount64)
        {
            statement = await WriteAsync(filter, start.Ascending, cancellationToken);
            Keep(filter, start.Ascending, statement);
        }

        var parameters = statement.Paths.Limit(start).AddTo(new DynamicParameters(statement.Paths.Parameters));
        return await database.ReadAsync(statement.Text, parameters, read, cancellationToken);
    }

    private async Task<Statement> WriteAsync(PaymentFilter filter, bool ascending, CancellationToken cancellationToken)
    {
        var paths = new SqlitePaymentPaths(filter);
        var isCounted = paths.ByIndex is not ([] or [{ IsOrdered: true }]);
        var path = isCounted ? await ChooseAsync(paths, cancellationToken) : paths.ByIndex.FirstOrDefault(paths.InOrder);
        return new(paths, paths.Page(path, ascending), isCounted ? Environment.TickCount64 + (long)PathLifetime.TotalMilliseconds : long.MaxValue);
    }

    private async Task<AccessPath> ChooseAsync(SqlitePaymentPaths paths, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(paths.Parameters);
        parameters.Add("MaxRows", MaxCounted);
        var counts = await database.QueryAsync<(int Path, int Found)>(paths.Count(), parameters, cancellationToken);
        var fewest = counts.MinBy(count => (count.Found, count.Path));
        return fewest.Found < MaxCounted ? paths.ByIndex[fewest.Path] : paths.ByIndex.FirstOrDefault(path => path.IsOrdered, paths.InOrder);
    }

    private void Keep(PaymentFilter filter, bool ascending, Statement statement)
    {
        if (Interlocked.Add(ref _characters, statement.Characters) > MaxCharacters)
        {
            _known.Clear();
            Interlocked.Exchange(ref _characters, statement.Characters);
        }

        _known[(filter, ascending)] = statement;
    }

    private sealed record Statement(SqlitePaymentPaths Paths, string Text, long Until)
    {
        public int Characters { get; } = Text.Length + Paths.Parameters.ParameterNames.Sum(name => (Paths.Parameters.Get<object?>(name) as string)?.Length ?? 0);
    }
}
