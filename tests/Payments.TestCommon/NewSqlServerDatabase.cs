using Microsoft.Data.SqlClient;

namespace Payments.TestCommon;

/// <summary>A new database on the server that PAYMENTS_TEST_SQLSERVER names; Dispose drops it.</summary>
public sealed class NewSqlServerDatabase : IDisposable
{
    /// <summary>The environment variable with the connection string of the server.</summary>
    public const string Variable = "PAYMENTS_TEST_SQLSERVER";

    /// <summary>Why a test is skipped.</summary>
    public const string Missing = $"No SQL Server: set {Variable} to the connection string of one where databases may be created.";

    private readonly SqlConnectionStringBuilder _settings = new(Server) { InitialCatalog = $"payments_test_{Guid.NewGuid():N}" };

    // With the option that docs/operations.md requires. Without it, the sealer would wait for every open transaction. Babelfish
    // always reads like that.
    public NewSqlServerDatabase()
    {
        Execute($"CREATE DATABASE {_settings.InitialCatalog}");
        Execute($"IF SERVERPROPERTY('Babelfish') IS NULL EXEC('ALTER DATABASE {_settings.InitialCatalog} SET READ_COMMITTED_SNAPSHOT ON')");
    }

    public static string? Server => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server ? server : null;

    public string ConnectionString => _settings.ConnectionString;

    public void Dispose()
    {
        // The server needs a moment to notice closed connections, and those of processes that were killed.
        for (var attempt = 1; ; attempt++)
        {
            SqlConnection.ClearAllPools();
            try
            {
                Execute($"DROP DATABASE {_settings.InitialCatalog}");
                return;
            }
            catch (SqlException) when (attempt < 20)
            {
                Thread.Sleep(250);
            }
        }
    }

    private static void Execute(string statement)
    {
        using var connection = new SqlConnection(Server);
        connection.Open();
        using var command = new SqlCommand(statement, connection) { CommandTimeout = 120 };
        command.ExecuteNonQuery();
    }
}
