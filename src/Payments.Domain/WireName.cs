using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization;

namespace Payments.Domain;

/// <summary>
/// The names that an enumeration's members have in JSON, in SQL and in ids, given once by
/// <see cref="JsonStringEnumMemberNameAttribute"/> on each member. They match whole and case-sensitive: no trimming, no numbers, no lists.
/// </summary>
/// <typeparam name="TEnum">An enumeration whose every member carries its wire name.</typeparam>
public static class WireName<TEnum>
    where TEnum : struct, Enum
{
    private static readonly FrozenDictionary<TEnum, string> Names = typeof(TEnum)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .ToFrozenDictionary(
            field => (TEnum)field.GetValue(null)!,
            field => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name);

    private static readonly FrozenDictionary<string, TEnum> Values =
        Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>All names, in the order of the contract.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<TEnum>().Select(value => Names[value])];

    /// <summary>What a wire name must be, as the end of a sentence.</summary>
    public static string Rule { get; } = $"must be one of: {string.Join(", ", All)}";

    /// <summary>The wire name of a defined member.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a defined member.</exception>
    public static string Of(TEnum value) =>
        Names.TryGetValue(value, out var name)
            ? name
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Not a defined {typeof(TEnum).Name}.");

    /// <summary>Reads a wire name; false where it is not exactly one of <see cref="All"/>.</summary>
    public static bool TryParse(string text, out TEnum value) => Values.TryGetValue(text, out value);

    /// <summary>Reads a wire name that this code wrote itself.</summary>
    /// <exception cref="FormatException">The text is not one of <see cref="All"/>.</exception>
    public static TEnum Parse(string text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"Not a wire name of {typeof(TEnum).Name}.");
}
