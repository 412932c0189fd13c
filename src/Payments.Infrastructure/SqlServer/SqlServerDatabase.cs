using System.Runtime.ExceptionServices;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.SqlServer;

/// <summary>SQL Server 2019 and later, or Azure SQL.</summary>
internal sealed class SqlServerDatabase(SqlServerConnections connections) : IDatabase, IDisposable
{
    /// <summary>How many round trips can run or wait for a connection. The next one fails immediately, as on SQLite.</summary>
    public const int MaxConcurrentRoundTrips = 1024;

    // The last attempt begins this long after the first at the latest. A failover takes longer; the caller can retry then.
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(4);

    private readonly CommitMetrics _metrics = new();
    private int _underWay;

    // By default Dapper passes a DateTime as SQL Server's datetime, which rounds to 3 ms.
    static SqlServerDatabase() => SqlMapper.AddTypeMap(typeof(DateTime), DbType.DateTime2);

    // Each write is a separate round trip; more of them would only wait for a connection before other requests.
    public int MaxConcurrentWrites => 256;
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    // All attempts together. The response reaches its client within 15 seconds, even if the server accepts connections and never responds:
    // the driver alone could take 15 seconds to connect, 30 for a command, and 5 more to cancel it.
    internal TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(12);

    public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) => RunAsync(
        async (connection, stop) => (IReadOnlyList<TRow>)(await connection.QueryAsync<TRow>(
            new CommandDefinition(statement, parameters, cancellationToken: stop))).AsList(),
        cancellationToken);

    public Task<T> ReadAsync<T>(
        string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) => RunAsync(
        async (connection, stop) =>
        {
            await using var rows = await connection.ExecuteReaderAsync(new CommandDefinition(statement, parameters, cancellationToken: stop));
            return await read(rows, stop);
        },
        cancellationToken);

    public Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken) => RunAsync(
        async (connection, stop) =>
        {
            var began = Stopwatch.GetTimestamp();
            var rows = await connection.ExecuteAsync(
                new CommandDefinition(InTransaction(statements), new OneBinaryLength(parameters, newEvent), cancellationToken: stop));
            _metrics.Committed(began, writes: 1);
            return rows;
        },
        cancellationToken);

    public void Dispose() => _metrics.Dispose();

    /// <summary>The statements as one transaction. Any error, such as a lost connection, rolls back all of them.</summary>
    internal static string InTransaction(string statements) =>
        $"""
        SET NOCOUNT OFF;
        SET XACT_ABORT ON;
        BEGIN TRANSACTION;
        {statements}
        COMMIT TRANSACTION;
        """;

    private async Task<T> RunAsync<T>(Func<SqlConnection, CancellationToken, Task<T>> roundTrip, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _underWay) > MaxConcurrentRoundTrips)
        {
            Interlocked.Decrement(ref _underWay);
            throw new UnavailableException("Too many requests are waiting.");
        }

        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(TimeLimit);
        var stop = source.Token;
        try
        {
            // The driver needs up to five seconds to give up a command, so nobody waits for that.
            return await AttemptsAsync(roundTrip, source).WaitAsync(stop);
        }
        catch (Exception e) when (stop.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new UnavailableException("The database did not respond in time.", e);
        }
        catch (SqlException e) when (SqlServerErrors.IsDuplicateKey(e))
        {
            throw new DuplicateKeyException(e);
        }
        catch (SqlException e) when (SqlServerErrors.IsForeignKey(e))
        {
            throw new ForeignKeyException(e);
        }
        catch (SqlException e) when (SqlServerErrors.IsUnavailable(e))
        {
            throw new UnavailableException($"The database did not respond (SQL Server error {e.Number}).", e) { RetryAfter = SqlServerErrors.RetryAfter(e) };
        }
    }

    /// <summary>Runs one round trip, and again after a transient error. If the connection broke, nobody knows whether a write was committed, and nobody has
    /// to know: every write has its own key or revision. So the second attempt finds the key in use, and its caller reads what is stored.</summary>
    private async Task<T> AttemptsAsync<T>(Func<SqlConnection, CancellationToken, Task<T>> roundTrip, CancellationTokenSource stop)
    {
        try
        {
            var began = Clock.GetTimestamp();
            for (var retries = 0; ; retries++)
            {
                try
                {
                    return await AttemptAsync(roundTrip, stop.Token);
                }
                catch (SqlException e) when (!stop.IsCancellationRequested && SqlServerErrors.RetryDelay(e, retries) is { } delay && Clock.GetElapsedTime(began) + delay <= RetryTime)
                {
                    await Task.Delay(delay, Clock, stop.Token);
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            stop.Dispose();
        }
    }

    private async Task<T> AttemptAsync<T>(Func<SqlConnection, CancellationToken, Task<T>> roundTrip, CancellationToken stop)
    {
        await using var connection = connections.Create();
        try
        {
            await connection.OpenAsync(stop);
            return await roundTrip(connection, stop);
        }
        catch (DataException e) when (e.InnerException is SqlException inner)
        {
            // Dapper wraps errors that occur inside a row.
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
        catch (InvalidOperationException e) when (connection.State != ConnectionState.Open && !stop.IsCancellationRequested)
        {
            throw new UnavailableException("No connection to the database became available.", e);
        }
        catch (SqlException e) when (connection.State != ConnectionState.Open && !SqlServerErrors.IsUnavailable(e) && !stop.IsCancellationRequested)
        {
            throw new UnavailableException(
                e.Number == SqlServerErrors.LoginFailed
                    ? $"Login to SQL Server failed (error {e.Number}). Check User Id and Password in Database:ConnectionString."
                    : $"Connecting to SQL Server failed (error {e.Number}).",
                e);
        }
    }

    /// <summary>Declares all binary values with the same length. The server compiles a plan for each declared length.</summary>
    private sealed class OneBinaryLength(object parameters, NewEvent? newEvent) : SqlMapper.IDynamicParameters
    {
        private const int LongestBinary = 8000;

        public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
        {
            var all = new DynamicParameters(parameters);
            all.AddDynamicParams(newEvent);
            ((SqlMapper.IDynamicParameters)all).AddParameters(command, identity);
            foreach (SqlParameter parameter in command.Parameters)
            {
                if (parameter.SqlDbType == SqlDbType.VarBinary && parameter.Size < LongestBinary)
                {
                    parameter.Size = LongestBinary;
                }
            }
        }
    }
}
