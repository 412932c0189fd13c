using System.Text.RegularExpressions;

namespace Payments.Infrastructure.Database;

/// <summary>Creates a span for each round trip by OpenTelemetry's semantic conventions for databases. The span
/// has the first table of the statement and never a value. Without a listener there is no overhead.</summary>
internal sealed partial class TracedDatabase(IDatabase database, string systemName) : IDatabase
{
    public static ActivitySource Source { get; } = new("Payments");
    public int MaxConcurrentWrites => database.MaxConcurrentWrites;

    public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) => Source.HasListeners()
        ? TraceAsync(statement, () => database.QueryAsync<TRow>(statement, parameters, cancellationToken))
        : database.QueryAsync<TRow>(statement, parameters, cancellationToken);

    public Task<T> ReadAsync<T>(
        string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) => Source.HasListeners()
        ? TraceAsync(statement, () => database.ReadAsync(statement, parameters, read, cancellationToken))
        : database.ReadAsync(statement, parameters, read, cancellationToken);

    public Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken) => Source.HasListeners()
        ? TraceAsync(statements, () => database.WriteAsync(statements, parameters, newEvent, cancellationToken))
        : database.WriteAsync(statements, parameters, newEvent, cancellationToken);

    private async Task<T> TraceAsync<T>(string statement, Func<Task<T>> roundTrip)
    {
        using var span = Start(statement);
        try
        {
            return await roundTrip();
        }
        catch (Exception e) when (e is not (DuplicateKeyException or ForeignKeyException))
        {
            span?.SetTag("error.type", e.GetType().FullName).SetStatus(ActivityStatusCode.Error);
            throw;
        }
    }

    private Activity? Start(string statement)
    {
        var span = Source.StartActivity("query", ActivityKind.Client);
        if (span is { IsAllDataRequested: true })
        {
            var first = FirstTable.Match(statement);
            var operation = first.Value.Split(' ')[0] is "FROM" ? "SELECT" : first.Value.Split(' ')[0];
            var table = first.Groups[1].Value;
            span.DisplayName = $"{operation} {table}";
            span.SetTag("db.system.name", systemName).SetTag("db.operation.name", operation);
            span.SetTag("db.collection.name", table).SetTag("db.query.summary", span.DisplayName);
        }

        return span;
    }

    // The first FROM of a SELECT may belong to a nested SELECT.
    [GeneratedRegex(@"\b(?:INSERT INTO|UPDATE|DELETE FROM|FROM) (\w+)")]
    private static partial Regex FirstTable { get; }
}
