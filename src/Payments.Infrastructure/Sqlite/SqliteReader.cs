namespace Payments.Infrastructure.Sqlite;

/// <summary>A connection that runs one query at a time and keeps it compiled, because SQLite takes longer to compile a lookup than to run it.</summary>
internal sealed class SqliteReader : SqliteConnection
{
    // Of all texts together. The text of a filter is rarely used again, may be long, and takes six times its length once compiled.
    private const int MaxCharacters = 64 * 1024;
    private const int QueryPlannerStability = 1007; // SQLITE_DBCONFIG_ENABLE_QPSG
    private const int StepsBetweenChecks = 10_000; // of SQLite's virtual machine: about a millisecond

    private readonly Dictionary<string, SqliteCommand> _compiled = [];
    private int _characters;
    private long _end;
    private CancellationToken _cancellation;

    public SqliteReader(string connectionString)
        : base(connectionString)
    {
        Open();
        // Otherwise SQLite compiles a statement again whenever the value of its LIMIT changes.
        raw.sqlite3_db_config(Handle, QueryPlannerStability, 1, out _);
        raw.sqlite3_progress_handler(Handle, StepsBetweenChecks, _ => IsOver ? 1 : 0, null);
    }

    private bool IsOver => _cancellation.IsCancellationRequested || Environment.TickCount64 > _end;

    /// <summary>Reads rows. SQLite stops with <c>SQLITE_INTERRUPT</c> at the time limit or when the caller cancels.</summary>
    public async Task<T> ReadAsync<T>(
        string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, TimeSpan limit, CancellationToken cancellationToken)
    {
        (_end, _cancellation) = (Environment.TickCount64 + (long)limit.TotalMilliseconds, cancellationToken);
        var command = Compile(statement);
        command.Parameters.Clear();
        foreach (var (name, value) in SqliteParameters.Pairs(parameters))
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        using var rows = command.ExecuteReader();
        return await read(rows, cancellationToken);
    }

    // The driver's pool uses the native connection again.
    protected override void Dispose(bool disposing)
    {
        if (Handle is { IsInvalid: false, IsClosed: false } handle)
        {
            raw.sqlite3_progress_handler(handle, 0, null, null);
        }

        base.Dispose(disposing);
    }

    private SqliteCommand Compile(string text)
    {
        if (_compiled.TryGetValue(text, out var known))
        {
            return known;
        }

        _characters += text.Length;
        if (_characters > MaxCharacters)
        {
            _compiled.Values.AsList().ForEach(old => old.Dispose());
            _compiled.Clear();
            _characters = text.Length;
        }

        var command = new SqliteCommand(text, this);
        command.Prepare();
        return _compiled[text] = command;
    }
}
