using Microsoft.Extensions.Configuration;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Database;

/// <summary>The settings under <c>Database</c>.</summary>
/// <param name="Provider">Which database is used.</param>
/// <param name="ConnectionString">How it is reached.</param>
/// <param name="MigrateOnStart">Whether the start applies missing schema scripts; if not, it fails where any is missing.</param>
public sealed record DatabaseOptions(DatabaseProvider Provider, string ConnectionString, bool MigrateOnStart)
{
    /// <summary>Reads the settings; what is not set has its default.</summary>
    /// <exception cref="StartupException">A setting has no meaning.</exception>
    public static DatabaseOptions From(IConfiguration database)
    {
        var provider = database["Provider"]?.ToUpperInvariant() switch
        {
            null or "" or "SQLITE" => DatabaseProvider.Sqlite,
            "SQLSERVER" => DatabaseProvider.SqlServer,
            _ => throw new StartupException($"Database:Provider is '{database["Provider"]}'. Set it to Sqlite or SqlServer."),
        };
        var connectionString = database["ConnectionString"];
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            connectionString = provider == DatabaseProvider.Sqlite
                ? "Data Source=data/payments.db"
                : throw new StartupException("Database:Provider is SqlServer, so set Database:ConnectionString to its connection string.");
        }

        var migrateOnStart = database["MigrateOnStart"] ?? "true";
        return bool.TryParse(migrateOnStart, out var migrate)
            ? new(provider, connectionString, migrate)
            : throw new StartupException($"Database:MigrateOnStart is '{migrateOnStart}'. Set it to true or false.");
    }
}

/// <summary>The databases that payments can be kept in.</summary>
public enum DatabaseProvider
{
    /// <summary>One file on this machine.</summary>
    Sqlite = 1,

    /// <summary>SQL Server 2019 and later, or Azure SQL.</summary>
    SqlServer = 2,
}
