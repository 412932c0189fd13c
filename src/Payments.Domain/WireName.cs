using System.Collections.Frozen;
using System.Reflection;

namespace Payments.Domain;

/// <summary>The names of an enum's members in JSON, SQL and ids. <see cref="JsonStringEnumMemberNameAttribute"/> on
/// each member defines them. They match exactly: case-sensitive, without trimming, no numbers and no lists.</summary>
/// <typeparam name="TEnum">An enum with the attribute on every member.</typeparam>
public static class WireName<TEnum> where TEnum : struct, Enum
{
    private static readonly FrozenDictionary<TEnum, string> Names = typeof(TEnum).GetFields(BindingFlags.Public | BindingFlags.Static)
        .ToFrozenDictionary(field => (TEnum)field.GetValue(null)!, field => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name);

    private static readonly FrozenDictionary<string, TEnum> Values = Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>All names, in the order of the contract.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<TEnum>().Select(value => Names[value])];
    /// <summary>The rule of a wire name, as a predicate.</summary>
    public static string Rule { get; } = $"must be one of: {string.Join(", ", All)}";

    /// <summary>Returns the wire name of a member.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The enum does not define the value.</exception>
    public static string Of(TEnum value) => Names.TryGetValue(value, out var name)
        ? name
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"Not a defined {typeof(TEnum).Name}.");

    /// <summary>Parses a wire name; false if it is not exactly one of <see cref="All"/>.</summary>
    public static bool TryParse(string text, out TEnum value) => Values.TryGetValue(text, out value);

    /// <summary>Parses a wire name that the service wrote.</summary>
    /// <exception cref="FormatException">The text is not one of <see cref="All"/>.</exception>
    public static TEnum Parse(string text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"Not a wire name of {typeof(TEnum).Name}.");
}
