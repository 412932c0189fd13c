using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>A connection that reads, one query at a time, and keeps what it has compiled: to compile a look-up takes longer than to run it.</summary>
internal sealed class SqliteReader : SqliteConnection
{
    private const int MaxCompiledCharacters = 64 * 1024; // of all texts: that of a filter is made for it, may be long, and takes six times as much compiled
    private const int StepsBetweenLooks = 10_000; // of SQLite's machine: about a millisecond

    private readonly Dictionary<string, SqliteCommand> _compiled = [];
    private int _characters;
    private long _end;
    private CancellationToken _cancellation;

    public SqliteReader(string connectionString)
        : base(connectionString)
    {
        try
        {
            Open();
            raw.sqlite3_progress_handler(Handle, StepsBetweenLooks, _ => IsOver ? 1 : 0, null);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private bool IsOver => _cancellation.IsCancellationRequested || Environment.TickCount64 > _end;

    /// <summary>Reads rows; SQLite ends it with <c>SQLITE_INTERRUPT</c> after the limit and where its caller is gone.</summary>
    public async Task<IReadOnlyList<TRow>> ReadAsync<TRow>(string statement, object? parameters, TimeSpan limit, CancellationToken cancellationToken)
    {
        (_end, _cancellation) = (Environment.TickCount64 + (long)limit.TotalMilliseconds, cancellationToken);
        return (await this.QueryAsync<TRow>(statement, parameters)).AsList();
    }

    // The driver keeps the connection itself, for other uses than this one's.
    protected override void Dispose(bool disposing)
    {
        if (Handle is { IsInvalid: false, IsClosed: false } handle)
        {
            raw.sqlite3_progress_handler(handle, 0, null, null);
        }

        base.Dispose(disposing);
    }

    protected override DbCommand CreateDbCommand() => new Query(this);

    private SqliteCommand Compile(string text)
    {
        if (!_compiled.TryGetValue(text, out var command))
        {
            _characters += text.Length;
            if (_characters > MaxCompiledCharacters)
            {
                foreach (var old in _compiled.Values)
                {
                    old.Dispose();
                }

                _compiled.Clear();
                _characters = text.Length;
            }

            command = CreateCommand();
            command.CommandText = text;
            command.Prepare();
            _compiled.Add(text, command);
        }

        command.Parameters.Clear();
        return command;
    }

    /// <summary>What Dapper takes for a command of its own: by its text it becomes the compiled one, which outlives it.</summary>
    private sealed class Query(SqliteReader connection) : DbCommand
    {
        private SqliteCommand? _command;

        [AllowNull]
        public override string CommandText
        {
            get => _command?.CommandText ?? "";
            set => _command = connection.Compile(value!);
        }

        public override int CommandTimeout { get; set; }

        public override CommandType CommandType { get; set; }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection { get; set; } = connection;

        protected override DbParameterCollection DbParameterCollection => _command!.Parameters;

        protected override DbTransaction? DbTransaction { get; set; }

        public override void Cancel()
        {
        }

        public override int ExecuteNonQuery() => _command!.ExecuteNonQuery();

        public override object? ExecuteScalar() => _command!.ExecuteScalar();

        public override void Prepare()
        {
        }

        protected override DbParameter CreateDbParameter() => _command!.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => _command!.ExecuteReader(behavior);
    }
}
