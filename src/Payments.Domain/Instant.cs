using System.Text.RegularExpressions;

namespace Payments.Domain;

/// <summary>A point in time in UTC, with a resolution of 100 ns. Further digits of the fraction are cut off.</summary>
/// <remarks>The text is RFC 3339 with an offset. Leap seconds (<c>:60</c>) and times outside the years 0001 to 9999 are rejected.</remarks>
public readonly partial record struct Instant : IValueObject<Instant>
{
    /// <summary>Converts a time with any offset to UTC.</summary>
    public Instant(DateTimeOffset value) => Utc = value.UtcDateTime;

    /// <summary>The instant of a time that is known to be in UTC.</summary>
    public static Instant OfUtc(DateTime utc) => new(new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)));

    /// <inheritdoc/>
    public static string Rule => "must be an RFC 3339 date and time with an offset, such as 2024-05-01T12:00:00Z";
    /// <summary>The time in UTC.</summary>
    public DateTime Utc { get; }

    /// <inheritdoc/>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out Instant value)
    {
        value = default;
        var match = Rfc3339().Match(text);
        var time = match.Groups["local"].Value.ToUpperInvariant();
        if (!DateTime.TryParseExact(time, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return false;
        }

        var fraction = match.Groups["fraction"].Value;
        var ticks = local.Ticks;
        if (fraction.Length > 0)
        {
            ticks += long.Parse(fraction.PadRight(7, '0').AsSpan(0, 7), CultureInfo.InvariantCulture);
        }

        if (match.Groups["sign"].Success)
        {
            var minutes = (60 * Number("hours")) + Number("minutes");
            ticks -= (match.Groups["sign"].ValueSpan is "-" ? -minutes : minutes) * TimeSpan.TicksPerMinute;
        }

        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        value = new Instant(new DateTimeOffset(ticks, TimeSpan.Zero));
        return true;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    /// <summary>RFC 3339 in UTC with <c>Z</c>, without trailing zeros in the fraction.</summary>
    public override string ToString() => Utc.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^(?<local>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(\.(?<fraction>[0-9]+))?([Zz]|(?<sign>[+-])(?<hours>[01][0-9]|2[0-3]):(?<minutes>[0-5][0-9]))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Rfc3339();
}
