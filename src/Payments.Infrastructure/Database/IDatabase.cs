using DbUp.Builder;

namespace Payments.Infrastructure.Database;

/// <summary>What differs between the databases; the statements themselves are the same.</summary>
internal interface IDatabase
{
    /// <summary>Which database this is and where, for people; never a password.</summary>
    string Description { get; }

    /// <summary>The folder on this machine that it is in, its file, and the files beside that; none where it is elsewhere.</summary>
    IReadOnlyList<string> Paths { get; }

    /// <summary>What the semantic conventions of OpenTelemetry call this kind of database.</summary>
    string SystemName { get; }

    /// <summary>The first part of the names of its schema scripts.</summary>
    string ScriptPrefix { get; }

    /// <summary>Reads rows of committed data in one round trip.</summary>
    /// <exception cref="Domain.UnavailableException">The database did not answer.</exception>
    Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken);

    /// <summary>Runs statements as one transaction in one round trip, and returns how many rows they wrote once these are on disk.</summary>
    /// <exception cref="DuplicateKeyException">A unique key is taken; nothing was written.</exception>
    /// <exception cref="ForeignKeyException">What is referred to is not there, or what is to go is referred to; nothing was written.</exception>
    /// <exception cref="Domain.UnavailableException">The database did not answer; nothing is half-written.</exception>
    Task<int> WriteAsync(string statements, object parameters, CancellationToken cancellationToken);

    /// <summary>How many writes can usefully wait at the same time.</summary>
    int MaxConcurrentWrites { get; }

    /// <summary>Limits an ordered SELECT to its first rows.</summary>
    string Take(string select, string rows = "@Take");

    /// <summary>An amount that crosses as text, to compare a stored one with.</summary>
    string Amount(string parameter);

    /// <summary>Runs work on the schema while no other instance does the same.</summary>
    T WithSchemaLocked<T>(Func<UpgradeEngineBuilder, T> work);

    /// <summary>What reads the journal of the schema scripts.</summary>
    UpgradeEngineBuilder ReadJournal();
}

/// <summary>A unique key is taken.</summary>
internal sealed class DuplicateKeyException(Exception inner) : Exception("A unique key is taken.", inner);

/// <summary>What is referred to is not there, or what is to go is referred to.</summary>
internal sealed class ForeignKeyException(Exception inner) : Exception("A foreign key is broken.", inner);
