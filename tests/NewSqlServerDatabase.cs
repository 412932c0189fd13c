using Microsoft.Data.SqlClient;

namespace Payments.Tests;

/// <summary>A new database on the server that PAYMENTS_TEST_SQLSERVER names; it goes with this.</summary>
internal sealed class NewSqlServerDatabase : IDisposable
{
    private const string Variable = "PAYMENTS_TEST_SQLSERVER";

    /// <summary>What a test that is skipped says.</summary>
    public const string Missing = $"No SQL Server: set {Variable} to the connection string of one where databases may be created.";

    private readonly SqlConnectionStringBuilder _settings = new(Server) { InitialCatalog = $"payments_test_{Guid.NewGuid():N}" };

    public NewSqlServerDatabase() => Execute($"CREATE DATABASE {_settings.InitialCatalog}");

    public static string? Server => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server ? server : null;

    public string ConnectionString => _settings.ConnectionString;

    public void Dispose()
    {
        // The server takes a moment to notice that the connections of pools and of processes have gone.
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
