using System.Security.Cryptography;
using Payments.Infrastructure.Startup;

namespace Payments.Infrastructure.Schema;

/// <summary>The tables of the database. One script creates them, and the table <c>payments_schema</c> records the script's SHA-256.
/// Until version 1.0 the script changes in place, so this version cannot use a database that another script created.</summary>
public sealed class DatabaseSchema
{
    private const string OtherVersion =
        "Another development version of the service created this database. Export the payments with that version, start this version with an empty database, and import them.";

    private readonly ISchemaDatabase _database;
    private readonly string _script;
    private readonly string _hash;
    private readonly string _missing;
    private readonly string _unrecorded;

    internal DatabaseSchema(ISchemaDatabase database)
    {
        _database = database;
        using var script = new StreamReader(typeof(DatabaseSchema).Assembly.GetManifestResourceStream(database.ScriptName)!);
        // A checkout on Windows may have other line ends.
        _script = script.ReadToEnd().ReplaceLineEndings("\n");
        _hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_script)));
        var add = SchemaSql.Add.Replace("@Sha256", $"'{_hash}'", StringComparison.Ordinal);
        _missing =
            $"The database has no schema. Start the service once with Database:MigrateOnStart=true, or run src/Payments.Infrastructure/{database.ScriptName} "
            + $"and then: {add}";
        _unrecorded =
            $"The table payments_schema is empty. If this version's src/Payments.Infrastructure/{database.ScriptName} created the database, run: {add}";
    }

    /// <summary>The kind of the database and where it is, without credentials.</summary>
    public string Description => _database.Description;
    /// <summary>The folder and the files of the database on this machine; empty for a database server.</summary>
    public IReadOnlyList<string> Paths => _database.Paths;

    /// <summary>The SHA-256 of the script that creates the tables.</summary>
    public string Hash => _hash;

    /// <summary>The size of the data in bytes: the file of SQLite, or the used part of SQL Server's primary file.</summary>
    public long ReadSize()
    {
        using var connection = _database.OpenForSchema();
        return connection.ExecuteScalar<long>(_database.SelectSize);
    }

    /// <summary>Creates the tables if the database has none. If several instances start at the same time, one creates them and the others wait.</summary>
    /// <returns>Whether this call created them.</returns>
    /// <exception cref="StartupException">Another version of the service created the database.</exception>
    public bool CreateIfMissing()
    {
        using var connection = _database.OpenForSchema();
        using var transaction = connection.BeginTransaction();
        if (_database.SchemaLock is { } schemaLock)
        {
            connection.Execute(schemaLock, transaction: transaction, commandTimeout: 0);
        }

        if (FindFault(connection, transaction) is not { } fault)
        {
            return false;
        }

        if (fault != _missing)
        {
            throw new StartupException(fault);
        }

        connection.Execute(_script, transaction: transaction, commandTimeout: 0);
        connection.Execute(SchemaSql.Add, new { Sha256 = _hash }, transaction);
        transaction.Commit();
        return true;
    }

    /// <summary>Why this version of the service cannot use the database, and what to do; null if it can.</summary>
    public string? FindFault()
    {
        using var connection = _database.OpenForSchema();
        return FindFault(connection);
    }

    internal string? FindFault(DbConnection connection, DbTransaction? transaction = null) =>
        connection.Query<string>(_database.SelectSchemaTables, transaction: transaction).AsList() switch
        {
            [] => _missing,
            ["payments_schema"] => connection.QueryFirstOrDefault<string>(SchemaSql.Find, transaction: transaction) switch
            {
                null => _unrecorded,
                var hash => hash == _hash ? null : OtherVersion,
            },
            _ => OtherVersion,
        };
}

internal static class SchemaSql
{
    public const string Find = "SELECT s.sha256 FROM payments_schema AS s;";
    public const string Add = "INSERT INTO payments_schema (sha256) VALUES (@Sha256);";
}

/// <summary>What differs between the databases when the tables are created.</summary>
internal interface ISchemaDatabase
{
    /// <inheritdoc cref="DatabaseSchema.Description"/>
    string Description { get; }
    /// <inheritdoc cref="DatabaseSchema.Paths"/>
    IReadOnlyList<string> Paths { get; }
    string ScriptName { get; }
    /// <summary>Selects the name of <c>payments_schema</c> and of the earlier versions' <c>payments_schema_versions</c>, if they exist.</summary>
    string SelectSchemaTables { get; }

    /// <summary>Selects the size of the data in bytes.</summary>
    string SelectSize { get; }

    DbConnection OpenForSchema();

    /// <summary>Lets one transaction at a time change the schema; null if a transaction already does that.</summary>
    string? SchemaLock { get; }
}
