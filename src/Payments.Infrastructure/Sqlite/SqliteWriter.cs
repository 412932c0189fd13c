using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Payments.Domain;
using Payments.Infrastructure.Database;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>
/// The one writer of this process. Writes queue up while a commit is on its way to the disk, and the next commit takes all that are there:
/// a lone write waits for nobody, many share the wait. Each has its own outcome, told only after the commit.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>How many writes wait at most; a further one is refused at once, so that memory and waiting have an end.</summary>
    public const int QueueLimit = 4096;

    private const int BatchLimit = 512; // so that a burst's first callers need not wait for its last
    private const int StatementsLimit = 64; // far above the number of statements that there are

    private const int PrimaryKeyTaken = 1555; // SQLITE_CONSTRAINT_PRIMARYKEY
    private const int UniqueKeyTaken = 2067; // SQLITE_CONSTRAINT_UNIQUE
    private const int ForeignKeyBroken = 787; // SQLITE_CONSTRAINT_FOREIGNKEY

    private readonly Func<SqliteConnection> _open;
    private readonly BlockingCollection<Write> _queue = new(QueueLimit);
    private readonly Dictionary<string, SqliteStatements> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly SqliteCheckpoint _checkpoint;
    private readonly CommitMetrics _metrics;
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private long _sharedUntil;

    /// <param name="open">Opens the writer's connection, and one for its checkpoints.</param>
    public SqliteWriter(Func<SqliteConnection> open)
    {
        _open = open;
        _checkpoint = new SqliteCheckpoint(open);
        _metrics = new CommitMetrics(() => _queue.Count);
        _thread = new Thread(Run) { IsBackground = true, Name = nameof(SqliteWriter) };
        _thread.Start();
    }

    /// <summary>Queues a write. From then on it is carried out, whether or not anybody still waits for it.</summary>
    public Task<int> WriteAsync(string statements, object parameters)
    {
        var reader = SqliteParameters.Of(parameters);
        var write = new Write(statements, reader, reader.Read(parameters));
        try
        {
            if (_queue.TryAdd(write))
            {
                return Activity.Current is { IsAllDataRequested: true } ? TraceAsync(write) : write.Outcome.Task;
            }

            _metrics.Refused();
            return Task.FromException<int>(new UnavailableException("Too many writes are waiting."));
        }
        catch (InvalidOperationException e)
        {
            return Task.FromException<int>(new UnavailableException("The service is stopping.", e));
        }
    }

    /// <summary>Takes no more writes, commits those that are queued, and closes the connection.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _metrics.Dispose();
        _queue.Dispose();
    }

    /// <summary>Shows in the caller's trace which part of its waiting was the commit; the rest was the queue. Made here, not on the writer's thread.</summary>
    private static async Task<int> TraceAsync(Write write)
    {
        try
        {
            return await write.Outcome.Task;
        }
        finally
        {
            if (write.Began is { } began)
            {
                TracedDatabase.Source.StartActivity("commit", ActivityKind.Internal, default(ActivityContext), startTime: began)
                    ?.SetTag("db.operation.batch.size", write.BatchSize)
                    .Stop();
            }
        }
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
                batch.ForEach(done => done.Tell());
            }
            catch (Exception e)
            {
                // No outcome of the batch is a fact: a key may have been taken by a neighbour that is not stored either.
                batch.ForEach(lost => lost.Refuse(e));
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
            // Whoever is queued has waited for the same file, and need not wait for it once more.
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
        _checkpoint.Committed(_connection);
    }

    /// <summary>
    /// Runs each write. A statement that fails has changed nothing, so one that fails at its first leaves no trace. For one that fails later all
    /// must be run again in savepoints, which would cost the many a tenth of their time: SQLite keeps a copy of each page that one changes.
    /// </summary>
    /// <returns>Whether each has its outcome.</returns>
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
                write.Rows = Prepared(write.Statements, write.Parameters).Run(write.Values);
            }
            catch (Exception e) when (e is not SqliteException sqlite || !SqliteDatabase.IsUnavailable(sqlite))
            {
                if (raw.sqlite3_get_autocommit(database) != 0)
                {
                    throw; // SQLite has taken the whole transaction back
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

    // Waits for another process's transaction to end. SQLite's own wait looks up to 100 ms apart and seldom meets the moment between two
    // commits of a busy process. For a second after another one was met, each gives the other that moment.
    private void Begin()
    {
        if (Environment.TickCount64 < _sharedUntil)
        {
            Thread.Sleep(2);
        }

        var database = _connection!.Handle!;
        var begun = Environment.TickCount64;
        int result;
        while (((result = raw.sqlite3_exec(database, "BEGIN IMMEDIATE")) & 0xFF) == raw.SQLITE_BUSY
            && Environment.TickCount64 - begun < 1000L * _connection.DefaultTimeout)
        {
            _sharedUntil = Environment.TickCount64 + 1000;
            Thread.Sleep(1);
        }

        SqliteException.ThrowExceptionForRC(result, database);
    }

    private static Exception Translate(Exception e) => (e as SqliteException)?.SqliteExtendedErrorCode switch
    {
        PrimaryKeyTaken or UniqueKeyTaken => new DuplicateKeyException(e),
        ForeignKeyBroken => new ForeignKeyException(e),
        _ => e,
    };

    private void Execute(string statement) => Prepared(statement, null).Run([]);

    // By reference, for the texts are constants and long; one that is not is compiled anew each time.
    private SqliteStatements Prepared(string text, SqliteParameters? parameters)
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
        foreach (var statements in _statements.Values)
        {
            statements.Dispose();
        }

        _statements.Clear();
    }

    // After a failed batch nothing that the connection remembers is trusted; closing it takes back what it had not committed.
    private void Close()
    {
        try
        {
            DisposeStatements();
            _connection?.Dispose();
        }
        catch (Exception)
        {
            // It was not usable before either, and the writer must go on.
        }

        _connection = null;
    }

    private sealed class Write(string statements, SqliteParameters parameters, SqliteValue[] values)
    {
        public string Statements => statements;

        public SqliteParameters Parameters => parameters;

        public SqliteValue[] Values => values;

        /// <summary>When its transaction began; null where none did.</summary>
        public DateTimeOffset? Began { get; set; }

        public int BatchSize { get; set; }

        public int Rows { get; set; }

        public Exception? Failure { get; set; }

        public TaskCompletionSource<int> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Tell()
        {
            if (Failure is null)
            {
                Outcome.TrySetResult(Rows);
            }
            else
            {
                Outcome.TrySetException(Failure);
            }
        }

        public void Refuse(Exception reason) => Outcome.TrySetException(new UnavailableException(
            $"The database could not be written to: {(reason is SqliteException e ? SqliteDatabase.Reason(e) : reason.GetType().Name)}.", reason));
    }
}
