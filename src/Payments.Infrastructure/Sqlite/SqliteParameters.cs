using System.Collections.Concurrent;
using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using SQLitePCL;

namespace Payments.Infrastructure.Sqlite;

/// <summary>How the properties of one type become the values of statements: compiled once, and read on the caller's thread, not on the writer's.</summary>
internal sealed class SqliteParameters
{
    private static readonly ConcurrentDictionary<Type, SqliteParameters> Known = new();

    private readonly Func<object, SqliteValue[]> _read;

    private SqliteParameters(Type type)
    {
        var properties = type.GetProperties();
        Names = [.. properties.Select(property => $"@{property.Name}")];
        var parameters = Expression.Parameter(typeof(object));
        var typed = Expression.Convert(parameters, type);
        _read = Expression.Lambda<Func<object, SqliteValue[]>>(
            Expression.NewArrayInit(
                typeof(SqliteValue),
                properties.Select(property => Expression.Convert(Expression.Property(typed, property), typeof(SqliteValue)))),
            parameters).Compile();
    }

    /// <summary>As they are written in a statement.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <exception cref="InvalidOperationException">A property is of a type that <see cref="SqliteValue"/> does not know.</exception>
    public static SqliteParameters Of(object parameters) => Known.GetOrAdd(parameters.GetType(), type => new(type));

    /// <summary>The values in the order of the names.</summary>
    public SqliteValue[] Read(object parameters) => _read(parameters);
}

/// <summary>A value in the form that SQLite keeps; the default is NULL.</summary>
internal readonly struct SqliteValue
{
    private readonly Form _form;
    private readonly long _integer;
    private readonly byte[]? _bytes;

    private SqliteValue(Form form, long integer, byte[]? bytes) => (_form, _integer, _bytes) = (form, integer, bytes);

    private enum Form
    {
        Null,
        Integer,
        Text,
        Blob,
    }

    public static implicit operator SqliteValue(long value) => new(Form.Integer, value, null);

    public static implicit operator SqliteValue(int value) => (long)value;

    public static implicit operator SqliteValue(string? value) => value is null ? default : new(Form.Text, 0, Encoding.UTF8.GetBytes(value));

    public static implicit operator SqliteValue(byte[]? value) => value is null ? default : new(Form.Blob, 0, value);

    // The driver's own form, in which parameters of queries are compared with what is stored.
    public static implicit operator SqliteValue(DateTime value)
    {
        Span<byte> text = stackalloc byte[27];
        value.TryFormat(text, out var length, @"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF", CultureInfo.InvariantCulture);
        return new(Form.Text, 0, text[..length].ToArray());
    }

    /// <summary>Gives the value to a statement's parameter and returns SQLite's result code.</summary>
    public int Bind(sqlite3_stmt statement, int index) => _form switch
    {
        Form.Integer => raw.sqlite3_bind_int64(statement, index, _integer),
        Form.Text => raw.sqlite3_bind_text(statement, index, _bytes),
        Form.Blob => raw.sqlite3_bind_blob(statement, index, _bytes),
        _ => raw.sqlite3_bind_null(statement, index),
    };
}
