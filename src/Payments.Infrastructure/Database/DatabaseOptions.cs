using Microsoft.Extensions.Options;

namespace Payments.Infrastructure.Database;

/// <summary>The settings under <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    private string? _connectionString;

    /// <summary><c>Sqlite</c> (the default) or <c>SqlServer</c>.</summary>
    public string? Provider { get; set; }

    /// <summary>How to reach the database. The default is a SQLite file; a relative file path starts at the content root.</summary>
    public string? ConnectionString
    {
        get => string.IsNullOrWhiteSpace(_connectionString) && IsSqlite ? "Data Source=data/payments.db" : _connectionString;
        set => _connectionString = value;
    }

    /// <summary>Whether the service creates the schema in an empty database when it starts. If not, the start fails there.</summary>
    public bool MigrateOnStart { get; set; } = true;

    internal bool IsSqlite => string.IsNullOrEmpty(Provider) || Is("Sqlite");

    private bool Is(string provider) => provider.Equals(Provider, StringComparison.OrdinalIgnoreCase);

    internal sealed class Validation : IValidateOptions<DatabaseOptions>
    {
        public ValidateOptionsResult Validate(string? name, DatabaseOptions options) =>
            !options.IsSqlite && !options.Is("SqlServer") ? ValidateOptionsResult.Fail($"Database:Provider is '{options.Provider}'. Set it to Sqlite or SqlServer.")
            : string.IsNullOrWhiteSpace(options.ConnectionString) ? ValidateOptionsResult.Fail("Database:ConnectionString is empty. Set it to the connection string of the SQL Server database.")
            : ValidateOptionsResult.Success;
    }
}
