namespace Payments.Infrastructure.Database;

/// <summary>What a repository needs of a database. The statements are the same for SQLite and SQL Server, except for <see cref="ISqlDialect"/>.</summary>
internal interface IDatabase
{
    /// <summary>How many writes can usefully wait at the same time.</summary>
    int MaxConcurrentWrites { get; }

    /// <summary>Reads rows of committed data in one round trip.</summary>
    /// <exception cref="Domain.UnavailableException">The database did not respond.</exception>
    Task<IReadOnlyList<TRow>> QueryAsync<TRow>(string statement, object? parameters, CancellationToken cancellationToken);

    /// <summary>Like <see cref="QueryAsync"/>, with a function that reads the rows. It may be called again if the connection breaks.</summary>
    Task<T> ReadAsync<T>(string statement, object? parameters, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Runs statements as one transaction in one round trip.</summary>
    /// <param name="statements">The statements. With an event, the last one inserts it, or inserts nothing if the others changed nothing.</param>
    /// <param name="parameters">Their parameters.</param>
    /// <param name="newEvent">Further parameters; null for a write that no event records.</param>
    /// <param name="cancellationToken">Cancels the wait for the response.</param>
    /// <returns>How many rows they wrote, once these are on disk.</returns>
    /// <exception cref="DuplicateKeyException">A unique key is taken; nothing was written.</exception>
    /// <exception cref="ForeignKeyException">A referenced row is missing, or a row to be deleted is still referenced; nothing was written.</exception>
    /// <exception cref="Domain.UnavailableException">The database did not respond; it wrote all or nothing.</exception>
    Task<int> WriteAsync(string statements, object parameters, NewEvent? newEvent, CancellationToken cancellationToken);
}

internal static class Writes
{
    /// <summary>Runs statements whose effect no event records.</summary>
    /// <inheritdoc cref="IDatabase.WriteAsync"/>
    public static Task<int> WriteAsync(this IDatabase database, string statements, object parameters, CancellationToken cancellationToken) =>
        database.WriteAsync(statements, parameters, null, cancellationToken);
}

/// <summary>The parts of SQL that differ between the databases.</summary>
internal interface ISqlDialect
{
    /// <summary>Selects <c>created_at</c> and <c>sequence</c> of the next <c>@Take</c> rows after the position <c>@At</c>, <c>@Sequence</c> of a list.</summary>
    /// <param name="table">The list's table, whose alias is <c>q</c>.</param>
    string Page(string table, bool ascending, string? where = null);

    /// <summary>Selects the sequence of the payment with the hash <c>@IdHash</c>, which the transaction has inserted.</summary>
    string NewPayment { get; }

    /// <summary>Selects the same as <see cref="NewPayment"/>, until the transaction inserts a row other than metadata.</summary>
    string InsertedPayment { get; }

    /// <summary>The max number of metadata entries whose rows are inserted one by one instead of with one SELECT.</summary>
    int MaxSingleEntries { get; }

    /// <summary>Limits a SELECT with ORDER BY to <c>@Take</c> rows.</summary>
    string Take { get; }

    /// <summary>The JSON array <c>@Entries</c> of payments and hashes as rows: <c>payment</c>, <c>hash</c>.</summary>
    string Entries { get; }

    /// <summary>A JSON array of totals as rows: the columns of <c>payment_totals</c>.</summary>
    string Totals(string parameter);

    /// <summary>Makes an amount that is passed as text comparable with stored amounts.</summary>
    string Amount(string parameter);
}

internal sealed class DuplicateKeyException(Exception inner) : Exception("A unique key is taken.", inner);

internal sealed class ForeignKeyException(Exception inner) : Exception("A foreign key constraint failed.", inner);
