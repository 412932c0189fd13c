using System.Data;
using System.Diagnostics;
using Dapper;
using DbUp;
using DbUp.Builder;
using Microsoft.Data.SqlClient;
using Payments.Domain;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.SqlServer;

/// <summary>SQL Server 2019 and later, or Azure SQL.</summary>
internal sealed class SqlServerDatabase : IDatabase, IDisposable
{
    /// <summary>How many round trips are under way or wait for a connection at most; a further one is refused at once, as on SQLite.</summary>
    public const int MaxConcurrentRoundTrips = 1024;

    private readonly SqlConnectionStringBuilder _settings;
    private readonly CommitMetrics _metrics = new();
    private int _underWay;

    public SqlServerDatabase(string connectionString)
    {
        try
        {
            _settings = new SqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The driver's own message may repeat what is in the string, so it is not shown.
            throw new StartupException("Database:ConnectionString is not one of SQL Server, such as Server=…;Database=payments;User Id=…;Password=…");
        }

        // RunAsync alone connects again, sooner than the driver would: that waits ten seconds in between, and after a failure refuses to try
        // for up to a minute, though the server may be back. Whoever sets these means them.
        if (!_settings.ShouldSerialize("Connect Retry Count"))
        {
            _settings.ConnectRetryCount = 0;
        }

        if (!_settings.ShouldSerialize("Pool Blocking Period"))
        {
            _settings.PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock;
        }
    }

    internal string ConnectionString => _settings.ConnectionString;

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    public string Description => $"SQL Server, {_settings.InitialCatalog} on {_settings.DataSource}";

    public IReadOnlyList<string> Paths => [];

    public string SystemName => "microsoft.sql_server";

    // Each write is a round trip of its own; more of them would only wait for a connection before other requests.
    public int MaxConcurrentWrites => 256;

    public string ScriptPrefix => "SqlServer/";

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

    public string Take(string select, string rows) => $"{select} OFFSET 0 ROWS FETCH NEXT {rows} ROWS ONLY";

    public string Amount(string parameter) => $"CAST({parameter} AS decimal(38, 0))";

    public T WithSchemaLocked<T>(Func<UpgradeEngineBuilder, T> work)
    {
        // Not pooled: only the end of its session lets the lock go.
        using var connection = new SqlConnection(new SqlConnectionStringBuilder(_settings.ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        connection.Execute(SchemaLock, commandTimeout: 0);
        return work(ReadJournal().WithTransactionPerScript().WithExecutionTimeout(TimeSpan.Zero));
    }

    public UpgradeEngineBuilder ReadJournal() =>
        DeployChanges.To.SqlDatabase(_settings.ConnectionString).JournalToSqlTable(null, DatabaseSchema.Journal);

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

    /// <summary>Held by the connection until it closes; ten minutes are the longest that a migration by another instance is waited for.</summary>
    internal const string SchemaLock =
        """
        DECLARE @result int;
        EXEC @result = sp_getapplock @Resource = 'payments.schema', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 600000;
        IF @result < 0 THROW 50000, 'Another instance has been changing the schema for ten minutes.', 1;
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
            throw new UnavailableException($"The database did not answer: SQL Server's error {e.Number}.", e) { RetryAfter = SqlServerErrors.RetryAfter(e) };
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<T> AttemptAsync<T>(Func<SqlConnection, Task<T>> roundTrip, CancellationToken cancellationToken)
    {
        await using var connection = new SqlConnection(_settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return await roundTrip(connection);
        }
        catch (InvalidOperationException e) when (connection.State != ConnectionState.Open)
        {
            throw new UnavailableException("No connection to the database became free, or it broke.", e);
        }
        catch (SqlException e) when (connection.State != ConnectionState.Open && !SqlServerErrors.IsUnavailable(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new UnavailableException($"The database let nobody in: SQL Server's error {e.Number}.", e);
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
