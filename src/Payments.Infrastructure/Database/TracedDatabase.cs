using System.Diagnostics;
using System.Text.RegularExpressions;
using DbUp.Builder;

namespace Payments.Infrastructure.Database;

/// <summary>
/// A span for each round trip, by OpenTelemetry's semantic conventions for databases. It names the first table of the statement and never a
/// value. Where nobody listens a round trip goes straight through.
/// </summary>
internal sealed partial class TracedDatabase(IDatabase database) : IDatabase, IDisposable
{
    public static ActivitySource Source { get; } = new("Payments");

    public string Description => database.Description;

    public IReadOnlyList<string> Paths => database.Paths;

    public string SystemName => database.SystemName;

    public int MaxConcurrentWrites => database.MaxConcurrentWrites;

    public string ScriptPrefix => database.ScriptPrefix;

    public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) =>
        Source.HasListeners()
            ? TraceQueryAsync<TRow>(statement, parameters, cancellationToken)
            : database.QueryAsync<TRow>(statement, parameters, cancellationToken);

    public Task<int> WriteAsync(string statements, object parameters, CancellationToken cancellationToken) =>
        Source.HasListeners()
            ? TraceWriteAsync(statements, parameters, cancellationToken)
            : database.WriteAsync(statements, parameters, cancellationToken);

    public string Take(string select, string rows) => database.Take(select, rows);

    public string Amount(string parameter) => database.Amount(parameter);

    public T WithSchemaLocked<T>(Func<UpgradeEngineBuilder, T> work) => database.WithSchemaLocked(work);

    public UpgradeEngineBuilder ReadJournal() => database.ReadJournal();

    public void Dispose() => (database as IDisposable)?.Dispose();

    private async Task<IReadOnlyList<TRow>> TraceQueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken)
    {
        using var span = Start(statement);
        try
        {
            return await database.QueryAsync<TRow>(statement, parameters, cancellationToken);
        }
        catch (Exception e)
        {
            Fail(span, e);
            throw;
        }
    }

    private async Task<int> TraceWriteAsync(string statements, object parameters, CancellationToken cancellationToken)
    {
        using var span = Start(statements);
        try
        {
            return await database.WriteAsync(statements, parameters, cancellationToken);
        }
        catch (Exception e) when (e is not (DuplicateKeyException or ForeignKeyException))
        {
            Fail(span, e);
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
            span.SetTag("db.system.name", SystemName);
            span.SetTag("db.operation.name", operation);
            span.SetTag("db.collection.name", table);
            span.SetTag("db.query.summary", span.DisplayName);
        }

        return span;
    }

    private static void Fail(Activity? span, Exception e) => span?.SetTag("error.type", e.GetType().FullName).SetStatus(ActivityStatusCode.Error);

    // The first FROM of a SELECT may be that of a SELECT within it.
    [GeneratedRegex(@"\b(?:INSERT INTO|UPDATE|DELETE FROM|FROM) (\w+)")]
    private static partial Regex FirstTable { get; }
}
