using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Sqlite;

/// <summary>One SQLite file in WAL mode: readers never wait, and one writer commits for the whole process.</summary>
internal sealed class SqliteDatabase(SqliteFile file, EventSignal signal) : IDatabase, IDisposable
{
    private const int MaxIdleReaders = 16; // each caches up to 2 MiB of pages

    private readonly SqliteWriter _writer = new(file.OpenWriter) { EventsCommitted = signal.Set };
    private readonly Stack<SqliteReader> _idle = new();
    private volatile bool _isDisposed;

    // All waiting writes share a commit, so each costs less the more there are. Three imports leave two fifths of the queue to other requests.
    public int MaxConcurrentWrites => 768;
    internal TimeSpan ReadLimit { get; init; } = TimeSpan.FromSeconds(30);

    public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) =>
        ReadAsync(statement, parameters, (rows, _) => Task.FromResult<IReadOnlyList<TRow>>([.. rows.Parse<TRow>()]), cancellationToken);

    // SQLite has no asynchronous reads, so the driver's return completed tasks.
    public async Task<T> ReadAsync<T>(
        string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SqliteReader? reader = null;
        try
        {
            reader = TakeIdle() ?? (_isDisposed ? throw new UnavailableException("The service is stopping.") : new SqliteReader(file.ReaderConnectionString));
            var result = await reader.ReadAsync(statement, parameters, read, ReadLimit, cancellationToken);
            reader = KeepIdle(reader) ? null : reader;
            return result;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new UnavailableException("The database took too long.", e);
        }
        catch (SqliteException e) when (IsUnavailable(e))
        {
            throw new UnavailableException($"The database did not respond: {Reason(e)}.", e);
        }
        finally
        {
            reader?.Dispose();
        }
    }

    // The writer carries out every queued write, so a caller that cancels later still gets the outcome.
    public Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<int>(cancellationToken) : _writer.WriteAsync(statements, parameters, newEvent);

    public void Dispose()
    {
        _writer.Dispose();
        lock (_idle)
        {
            _isDisposed = true;
        }

        while (TakeIdle() is { } reader)
        {
            reader.Dispose();
        }
    }

    // A failing disk may return data that looks like a damaged database: https://sqlite.org/rescode.html
    internal static bool IsUnavailable(SqliteException e) => e.SqliteErrorCode is
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_READONLY or raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_FULL
        or raw.SQLITE_CANTOPEN or raw.SQLITE_PROTOCOL or raw.SQLITE_NOTADB;

    // SQLite's own words for the code. The exception's message can contain data.
    internal static string Reason(SqliteException e) => raw.sqlite3_errstr(e.SqliteErrorCode).utf8_to_string();

    private SqliteReader? TakeIdle()
    {
        lock (_idle)
        {
            return _idle.TryPop(out var reader) ? reader : null;
        }
    }

    private bool KeepIdle(SqliteReader reader)
    {
        lock (_idle)
        {
            if (_isDisposed || _idle.Count == MaxIdleReaders)
            {
                return false;
            }

            _idle.Push(reader);
            return true;
        }
    }
}
