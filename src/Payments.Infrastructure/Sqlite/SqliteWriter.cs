using System.Collections.Concurrent;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Sqlite;

/// <summary>The only writer of this process. Writes queue up while a commit is flushed to disk, and the next commit includes all that
/// are queued. So a single write does not wait, and many share a flush. Each write gets its own outcome, after the commit.</summary>
internal sealed class SqliteWriter : IDisposable
{
    public const int QueueLimit = 4096; // the next one fails immediately, so that memory and waiting times stay bounded
    private const int BatchLimit = 512; // so that the first callers of a burst do not wait for the last
    private const int StatementsLimit = 128; // far more than the service has

    private readonly Func<SqliteConnection> _open;
    private readonly BlockingCollection<Write> _queue = new(QueueLimit);
    private readonly Dictionary<string, SqliteStatements> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly SqliteCheckpoint _checkpoint;
    private readonly CommitMetrics _metrics;
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private SqliteCommand? _findHead; // compiled once for each connection
    private EventHead? _head; // in the current transaction; null until a write of the batch needs it
    private long _sharedUntil;

    public SqliteWriter(Func<SqliteConnection> open)
    {
        _open = open;
        _checkpoint = new SqliteCheckpoint(open);
        _metrics = new CommitMetrics(() => _queue.Count);
        _thread = new Thread(Run) { IsBackground = true, Name = nameof(SqliteWriter) };
        _thread.Start();
    }

    /// <summary>Called with the position of the last event of a commit.</summary>
    public Action<long>? EventsCommitted { get; init; }

    /// <summary>Queues a write, which runs even if its caller stops waiting.</summary>
    public async Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent = null)
    {
        var reader = SqliteParameters.Of(parameters, newEvent);
        var write = new Write(statements, reader, reader.Read(parameters, newEvent), newEvent);
        try
        {
            if (!_queue.TryAdd(write))
            {
                _metrics.Rejected();
                throw new UnavailableException("Too many writes are waiting.");
            }
        }
        catch (InvalidOperationException e)
        {
            throw new UnavailableException("The service is stopping.", e);
        }

        try
        {
            return await write.Task;
        }
        finally
        {
            // The rest of the wait was the queue. The writer's thread does not have the caller's context.
            if (Activity.Current is { IsAllDataRequested: true } && write.Began is { } began)
            {
                TracedDatabase.Source.StartActivity("commit", ActivityKind.Internal, default(ActivityContext), startTime: began)
                    ?.SetTag("db.operation.batch.size", write.BatchSize)
                    .Stop();
            }
        }
    }

    /// <summary>Rejects new writes, commits the queued ones and closes the connection.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _metrics.Dispose();
        _queue.Dispose();
    }

    private void Run()
    {
        var batch = new List<Write>(BatchLimit);
        while (_queue.TryTake(out var write, Timeout.Infinite))
        {
            do
            {
                batch.Add(write);
            }
            while (batch.Count < BatchLimit && _queue.TryTake(out write));

            try
            {
                var began = Stopwatch.GetTimestamp();
                Commit(batch);
                _metrics.Committed(began, batch.Count);
                batch.ForEach(done => done.Complete());
            }
            catch (Exception e)
            {
                // No outcome in the batch counts: a key may belong to another write of the batch, which is not stored either.
                batch.ForEach(lost => lost.Fail(e));
                Close();
            }

            batch.Clear();
        }

        _checkpoint.Dispose();
        Close();
    }

    private void Commit(List<Write> batch)
    {
        var began = DateTimeOffset.UtcNow;
        try
        {
            _connection ??= _open();
            Begin();
        }
        catch
        {
            // The queued writes have waited for the same file, so they fail now instead of waiting again.
            while (_queue.TryTake(out var write))
            {
                batch.Add(write);
            }

            throw;
        }

        batch.ForEach(write => (write.Began, write.BatchSize) = (began, batch.Count));
        if (!TryRun(batch, eachInSavepoint: false))
        {
            Execute("ROLLBACK");
            Begin();
            TryRun(batch, eachInSavepoint: true);
        }

        Execute("COMMIT");
        if (_head is { } head)
        {
            EventsCommitted?.Invoke(head.Position);
        }

        _checkpoint.Committed(_connection);
    }

    // If the first statement of a write fails, the write changed nothing. If a later one fails, the batch has to run again with a savepoint for
    // each write. Savepoints are the exception because SQLite copies each page that changes in one, which costs a tenth of the time.
    private bool TryRun(List<Write> batch, bool eachInSavepoint)
    {
        var database = _connection!.Handle!;
        foreach (var write in batch)
        {
            var changes = raw.sqlite3_total_changes(database);
            write.Failure = null;
            if (eachInSavepoint)
            {
                Execute("SAVEPOINT write");
            }

            try
            {
                var next = write.NewEvent is { } newEvent ? (_head ??= ReadHead()).Next(newEvent.Hash) : null;
                write.Rows = Compile(write.Statements, write.Parameters).Run(next is null ? write.Values : SqliteParameters.With(next, write.Values));
                // The last statement inserts the event, unless the write changed nothing.
                if (next is not null && raw.sqlite3_changes(database) == 1)
                {
                    _head = next;
                }
            }
            catch (Exception e) when (e is not SqliteException sqlite || !SqliteDatabase.IsUnavailable(sqlite))
            {
                if (raw.sqlite3_get_autocommit(database) != 0)
                {
                    throw; // SQLite rolled back the whole transaction
                }

                if (eachInSavepoint)
                {
                    Execute("ROLLBACK TO write");
                }
                else if (raw.sqlite3_total_changes(database) != changes)
                {
                    return false;
                }

                write.Failure = Translate(e);
            }

            if (eachInSavepoint)
            {
                Execute("RELEASE write");
            }
        }

        return true;
    }

    // Waits for another process's transaction to end. SQLite's own wait polls every 100 ms and seldom hits the moment between two commits of a
    // busy process. For a second after two processes met, each leaves the other such a moment.
    private void Begin()
    {
        if (Environment.TickCount64 < _sharedUntil)
        {
            Thread.Sleep(2);
        }

        var database = _connection!.Handle!;
        var end = Environment.TickCount64 + (1000L * _connection.DefaultTimeout);
        int result;
        while (((result = raw.sqlite3_exec(database, "BEGIN IMMEDIATE")) & 0xFF) == raw.SQLITE_BUSY && Environment.TickCount64 < end)
        {
            _sharedUntil = Environment.TickCount64 + 1000;
            Thread.Sleep(1);
        }

        SqliteException.ThrowExceptionForRC(result, database);
        _head = null;
    }

    // In each transaction, because another process may write to the same file.
    private EventHead ReadHead()
    {
        using var row = (_findHead ??= new SqliteCommand(EventHeadSql.Find, _connection)).ExecuteReader();
        return row.Read() ? new(row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : EventHead.Empty;
    }

    private static Exception Translate(Exception e) => (e as SqliteException)?.SqliteExtendedErrorCode switch
    {
        raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_UNIQUE => new DuplicateKeyException(e),
        raw.SQLITE_CONSTRAINT_FOREIGNKEY => new ForeignKeyException(e),
        _ => e,
    };

    private void Execute(string statement) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(_connection!.Handle, statement), _connection.Handle);

    // By reference, because the texts are long constants. A text that is built at run time is compiled each time.
    private SqliteStatements Compile(string text, SqliteParameters parameters)
    {
        if (_statements.TryGetValue(text, out var known) && known.Parameters == parameters)
        {
            return known;
        }

        if (known is not null || _statements.Count == StatementsLimit)
        {
            DisposeStatements();
        }

        return _statements[text] = new SqliteStatements(_connection!.Handle!, text, parameters);
    }

    private void DisposeStatements()
    {
        _statements.Values.AsList().ForEach(statements => statements.Dispose());
        _statements.Clear();
    }

    // After a failed batch the state of the connection is unknown. Closing it rolls back what it did not commit.
    private void Close()
    {
        try
        {
            DisposeStatements();
            _findHead?.Dispose();
            _connection?.Dispose();
        }
        catch (Exception)
        {
            // It was already unusable, and the writer must go on.
        }

        _findHead = null;

        _connection = null;
    }

    /// <summary>A queued write, which completes after its commit.</summary>
    private sealed class Write(string statements, SqliteParameters parameters, object?[] values, NewEvent? newEvent)
        : TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Statements => statements;
        public SqliteParameters Parameters => parameters;
        public object?[] Values => values;
        public NewEvent? NewEvent => newEvent;
        public DateTimeOffset? Began { get; set; }
        public int BatchSize { get; set; }
        public int Rows { get; set; }
        public Exception? Failure { get; set; }

        public bool Complete() => Failure is null ? TrySetResult(Rows) : TrySetException(Failure);

        public bool Fail(Exception reason) => TrySetException(new UnavailableException(
            $"The database could not be written to: {(reason is SqliteException e ? SqliteDatabase.Reason(e) : reason.GetType().Name)}.", reason));
    }
}
