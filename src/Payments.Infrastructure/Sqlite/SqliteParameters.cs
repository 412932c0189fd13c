using System.Collections.Concurrent;
using System.Linq.Expressions;

namespace Payments.Infrastructure.Sqlite;

/// <summary>Reads the parameters of a statement from the properties of an object. The reader of each type is compiled once.</summary>
internal sealed class SqliteParameters
{
    private static readonly ConcurrentDictionary<Type, SqliteParameters> Known = new();

    private readonly Func<object, object?[]> _read;

    private SqliteParameters(Type type)
    {
        var properties = type.GetProperties();
        Names = [.. properties.Select(property => $"@{property.Name}")];
        var parameters = Expression.Parameter(typeof(object));
        var values = properties.Select(property => Expression.Convert(Expression.Property(Expression.Convert(parameters, type), property), typeof(object)));
        _read = Expression.Lambda<Func<object, object?[]>>(Expression.NewArrayInit(typeof(object), values), parameters).Compile();
    }

    /// <summary>As they are written in a statement.</summary>
    public string[] Names { get; }

    public static SqliteParameters Of(object parameters) => Known.GetOrAdd(parameters.GetType(), type => new(type));

    public static IEnumerable<(string Name, object? Value)> Pairs(object? parameters) => parameters switch
    {
        null => [],
        DynamicParameters named => named.ParameterNames.Select(name => ($"@{name}", named.Get<object?>(name))),
        _ => Of(parameters).Names.Zip(Of(parameters).Read(parameters)),
    };

    /// <summary>The values in the order of the names.</summary>
    public object?[] Read(object parameters) => _read(parameters);
}
