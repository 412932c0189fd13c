using System.Data;
using System.Diagnostics;
using Dapper;
using Microsoft.Data.SqlClient;
using Payments.Domain;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.SqlServer;

/// <summary>SQL Server 2019 and later, or Azure SQL.</summary>
internal sealed class SqlServerDatabase(SqlServerConnections connections) : IDatabase, IDisposable
{
    /// <summary>How many round trips are under way or wait for a connection at most; a further one is refused at once, as on SQLite.</summary>
    public const int MaxConcurrentRoundTrips = 1024;

    private readonly CommitMetrics _metrics = new();
    private int _underWay;

    // By default Dapper passes a DateTime as SQL Server's datetime, which rounds to 3 ms.
    static SqlServerDatabase() => SqlMapper.AddTypeMap(typeof(DateTime), DbType.DateTime2);

    // Each write is a round trip of its own; more of them would only wait for a connection before other requests.
    public int MaxConcurrentWrites => 256;

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) => RunAsync(
        async connection => (IReadOnlyList<TRow>)(await connection.QueryAsync<TRow>(
            new CommandDefinition(statement, parameters, cancellationToken: cancellationToken))).AsList(),
        cancellationToken);

    public Task<int> WriteAsync(string statements, object parameters, CancellationToken cancellationToken) => RunAsync(
        async connection =>
        {
            var began = Stopwatch.GetTimestamp();
            var rows = await connection.ExecuteAsync(
                new CommandDefinition(InTransaction(statements), new OneBinaryLength(parameters), cancellationToken: cancellationToken));
            _metrics.Committed(began, writes: 1);
            return rows;
        },
        cancellationToken);

    public void Dispose() => _metrics.Dispose();

    /// <summary>The statements as one transaction: any error, a lost connection too, takes all of them back.</summary>
    internal static string InTransaction(string statements) =>
        $"""
        SET NOCOUNT OFF;
        SET XACT_ABORT ON;
        BEGIN TRANSACTION;
        {statements}
        COMMIT TRANSACTION;
        """;

    // A new attempt begins this long after the first at the latest; a failover takes longer, and the caller's own repetition is for that.
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Runs one round trip, and again where the server took it back or the connection broke. Whether a write was committed before it broke
    /// nobody knows, and need not: every write has a key or a revision of its own, so the second one finds it taken and its caller reads what
    /// is stored.
    /// </summary>
    private async Task<T> RunAsync<T>(Func<SqlConnection, Task<T>> roundTrip, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _underWay) > MaxConcurrentRoundTrips)
        {
            Interlocked.Decrement(ref _underWay);
            throw new UnavailableException("Too many requests are waiting.");
        }

        try
        {
            var begun = Clock.GetTimestamp();
            for (var retries = 0; ; retries++)
            {
                try
                {
                    return await AttemptAsync(roundTrip, cancellationToken);
                }
                catch (SqlException e) when (!cancellationToken.IsCancellationRequested && SqlServerErrors.RetryDelay(e, retries) is { } delay && Clock.GetElapsedTime(begun) + delay <= RetryTime)
                {
                    await Task.Delay(delay, Clock, cancellationToken);
                }
            }
        }
        catch (SqlException e) when (SqlServerErrors.IsKeyTaken(e))
        {
            throw new DuplicateKeyException(e);
        }
        catch (SqlException e) when (SqlServerErrors.IsForeignKey(e))
        {
            throw new ForeignKeyException(e);
        }
        catch (SqlException e) when (SqlServerErrors.IsUnavailable(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new UnavailableException($"The database did not respond (SQL Server error {e.Number}).", e) { RetryAfter = SqlServerErrors.RetryAfter(e) };
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<T> AttemptAsync<T>(Func<SqlConnection, Task<T>> roundTrip, CancellationToken cancellationToken)
    {
        await using var connection = connections.Create();
        try
        {
            await connection.OpenAsync(cancellationToken);
            return await roundTrip(connection);
        }
        catch (InvalidOperationException e) when (connection.State != ConnectionState.Open)
        {
            throw new UnavailableException("No connection to the database became available.", e);
        }
        catch (SqlException e) when (connection.State != ConnectionState.Open && !SqlServerErrors.IsUnavailable(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new UnavailableException($"Login to SQL Server failed (error {e.Number}). Check User Id and Password in Database:ConnectionString.", e);
        }
    }

    /// <summary>Parameters whose binary values are all declared as long as any: else each length would be a text of its own to the server, with a plan of its own.</summary>
    private sealed class OneBinaryLength(object parameters) : SqlMapper.IDynamicParameters
    {
        private const int LongestBinary = 8000;

        public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
        {
            ((SqlMapper.IDynamicParameters)new DynamicParameters(parameters)).AddParameters(command, identity);
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
