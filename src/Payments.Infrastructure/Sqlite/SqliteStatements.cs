using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>
/// Statements that one connection has compiled, to be run again and again. A command of the driver would do the same, but it looks up each
/// parameter by name and makes a reader for each run, which is a quarter of what a create costs.
/// </summary>
internal sealed class SqliteStatements : IDisposable
{
    private readonly sqlite3 _database;
    private readonly List<(sqlite3_stmt Statement, int[] Values)> _statements = [];

    /// <exception cref="SqliteException">SQLite does not understand the text.</exception>
    /// <exception cref="InvalidOperationException">The text has a parameter that <paramref name="parameters"/> has not.</exception>
    public SqliteStatements(sqlite3 database, string text, SqliteParameters? parameters = null)
    {
        _database = database;
        Parameters = parameters;
        try
        {
            while (!string.IsNullOrWhiteSpace(text))
            {
                SqliteException.ThrowExceptionForRC(
                    raw.sqlite3_prepare_v3(database, text, raw.SQLITE_PREPARE_PERSISTENT, out var statement, out text), database);
                if (statement.IsInvalid)
                {
                    continue; // a comment
                }

                _statements.Add((statement, new int[raw.sqlite3_bind_parameter_count(statement)]));
                for (var i = 0; i < _statements[^1].Values.Length; i++)
                {
                    _statements[^1].Values[i] = IndexOf(raw.sqlite3_bind_parameter_name(statement, i + 1).utf8_to_string());
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whose values they take.</summary>
    public SqliteParameters? Parameters { get; }

    /// <summary>Runs all of them and returns how many rows they changed.</summary>
    public int Run(ReadOnlySpan<SqliteValue> values)
    {
        var rows = 0;
        foreach (var (statement, parameters) in _statements)
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                SqliteException.ThrowExceptionForRC(values[parameters[i]].Bind(statement, i + 1), _database);
            }

            int result;
            do
            {
                result = raw.sqlite3_step(statement);
            }
            while (result == raw.SQLITE_ROW);

            try
            {
                SqliteException.ThrowExceptionForRC(result, _database);
            }
            finally
            {
                raw.sqlite3_reset(statement);
            }

            if (raw.sqlite3_stmt_readonly(statement) == 0)
            {
                rows += raw.sqlite3_changes(_database);
            }
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (var (statement, _) in _statements)
        {
            statement.Dispose();
        }
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < Parameters?.Names.Count; i++)
        {
            if (Parameters.Names[i] == name)
            {
                return i;
            }
        }

        throw new InvalidOperationException($"The statement's parameter {name} has no value.");
    }
}
