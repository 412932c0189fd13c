using DbUp.Builder;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Schema;

/// <summary>The schema as numbered scripts that only go forward, each applied once, in order, and noted in the table <c>payments_schema_versions</c>.</summary>
public sealed class DatabaseSchema
{
    internal const string Journal = "payments_schema_versions";

    private readonly IDatabase _database;

    internal DatabaseSchema(IDatabase database) => _database = database;

    /// <summary>Which database this is and where, for people; never a password.</summary>
    public string Description => _database.Description;

    /// <summary>The folder and the files on this machine that it is in; none where it is elsewhere.</summary>
    public IReadOnlyList<string> Paths => _database.Paths;

    /// <summary>The names of the scripts that are not applied yet, in order.</summary>
    public IReadOnlyList<string> MissingScripts() =>
        [.. Configure(_database.ReadJournal()).Build().GetScriptsToExecute().Select(script => script.Name)];

    /// <summary>Applies the missing scripts and returns their names. Of several instances that start together, one applies them and the others wait.</summary>
    /// <exception cref="InvalidOperationException">A script failed, and none of it is applied.</exception>
    public IReadOnlyList<string> Migrate() => _database.WithSchemaLocked(engine =>
    {
        var result = Configure(engine).Build().PerformUpgrade();
        return result.Successful
            ? (IReadOnlyList<string>)[.. result.Scripts.Select(script => script.Name)]
            : throw new InvalidOperationException($"The schema script {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
    });

    private UpgradeEngineBuilder Configure(UpgradeEngineBuilder engine) => engine
        .WithScriptsEmbeddedInAssembly(typeof(DatabaseSchema).Assembly, name => name.StartsWith(_database.ScriptPrefix, StringComparison.Ordinal))
        .WithVariablesDisabled()
        .LogToNowhere();
}
