using System.Diagnostics;
using Dapper;
using DbUp;
using DbUp.Builder;
using Microsoft.Data.SqlClient;
using Payments.Domain;

namespace Payments.Infrastructure.SqlServer;

/// <summary>SQL Server 2019 and later, or Azure SQL.</summary>
internal sealed class SqlServerDatabase : IDatabase, IDisposable
{
    private readonly SqlConnectionStringBuilder _settings;
    private readonly CommitMetrics _metrics = new();

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
    }

    public string Description => $"SQL Server, {_settings.InitialCatalog} on {_settings.DataSource}";

    public IReadOnlyList<string> Paths => [];

    public string SystemName => "microsoft.sql_server";

    public string ScriptPrefix => "SqlServer/";

    public Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken) => RunAsync(
        async connection => (IReadOnlyList<TRow>)(await connection.QueryAsync<TRow>(
            new CommandDefinition(statement, parameters, cancellationToken: cancellationToken))).AsList(),
        cancellationToken);

    public Task<int> WriteAsync(string statements, object parameters, CancellationToken cancellationToken) => RunAsync(
        async connection =>
        {
            var began = Stopwatch.GetTimestamp();
            var rows = await connection.ExecuteAsync(new CommandDefinition(InTransaction(statements), parameters, cancellationToken: cancellationToken));
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
        return work(ReadJournal().WithTransactionPerScript());
    }

    public UpgradeEngineBuilder ReadJournal() =>
        DeployChanges.To.SqlDatabase(_settings.ConnectionString).JournalToSqlTable(null, "payments_schema_versions");

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

    private const int KeyOfConstraintTaken = 2627;
    private const int KeyOfIndexTaken = 2601;
    private const int ConstraintBroken = 547;
    private const int DeadlockVictim = 1205;
    private const int MaxDeadlocks = 5;

    /// <summary>Runs one round trip, and runs it again where the server took it back to end a deadlock.</summary>
    private async Task<T> RunAsync<T>(Func<SqlConnection, Task<T>> roundTrip, CancellationToken cancellationToken)
    {
        for (var deadlocks = 0; ; deadlocks++)
        {
            try
            {
                await using var connection = await OpenAsync(cancellationToken);
                return await roundTrip(connection);
            }
            catch (SqlException e) when (e.Number == DeadlockVictim && deadlocks < MaxDeadlocks)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(10 << deadlocks)), cancellationToken);
            }
            catch (SqlException e) when (e.Number is KeyOfConstraintTaken or KeyOfIndexTaken)
            {
                throw new DuplicateKeyException(e);
            }
            catch (SqlException e) when (IsForeignKey(e))
            {
                throw new ForeignKeyException(e);
            }
            catch (SqlException e) when (IsUnavailable(e) && !cancellationToken.IsCancellationRequested)
            {
                throw new UnavailableException($"The database did not answer: SQL Server's error {e.Number}.", e);
            }
        }
    }

    private async Task<SqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqlConnection(_settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (InvalidOperationException e)
        {
            await connection.DisposeAsync();
            throw new UnavailableException("No connection to the database became free.", e);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // A broken check has the same number; the name of the constraint is in the message, whatever its language.
    private static bool IsForeignKey(SqlException e) => e.Number == ConstraintBroken && e.Message.Contains("fk_", StringComparison.OrdinalIgnoreCase);

    // A severity of 20 and more has closed the connection. The numbers are those of a server that is not reached (-2, -1, 2, 53, 233, 258,
    // 10053, 10054, 10060, 11001), refuses the log-in or the database (4060, 18456, 18401, 916), is full or read-only (1101, 1105, 9002, 3906,
    // 40544), is out of memory or locks (701, 1204, 8645, 8651), chose this transaction as a victim (1205, 1222), belongs to an availability
    // group that is not ready (976, 983), or, on Azure SQL, is moving or throttled (the rest).
    // https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
    private static bool IsUnavailable(SqlException e) => e.Class >= 20 || e.Number is
        -2 or -1 or 2 or 53 or 233 or 258 or 10053 or 10054 or 10060 or 11001
        or 4060 or 18456 or 18401 or 916
        or 1101 or 1105 or 9002 or 3906 or 40544
        or 701 or 1204 or 8645 or 8651
        or DeadlockVictim or 1222
        or 976 or 983
        or 615 or 4221 or 10928 or 10929 or 10936 or 40197 or 40501 or 40540 or 40549 or 40550 or 40613 or 42108 or 42109 or 49918 or 49919 or 49920;
}
