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
        var chars = text.AsSpan();
        if (!Rfc3339().IsMatch(chars))
        {
            return false;
        }

        var format = chars[10] == 'T' ? "yyyy-MM-dd'T'HH:mm:ss" : "yyyy-MM-dd't'HH:mm:ss";
        if (!DateTime.TryParseExact(chars[..19], format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return false;
        }

        var ticks = local.Ticks;
        var isUtc = chars[^1] is 'Z' or 'z';
        var fraction = chars[19..^(isUtc ? 1 : 6)]; // with its point
        for (var (i, unit) = (1, TimeSpan.TicksPerSecond / 10); i < fraction.Length && unit > 0; i++, unit /= 10)
        {
            ticks += (fraction[i] - '0') * unit;
        }

        if (!isUtc)
        {
            var minutes = (60 * int.Parse(chars[^5..^3], CultureInfo.InvariantCulture)) + int.Parse(chars[^2..], CultureInfo.InvariantCulture);
            ticks -= (chars[^6] == '-' ? -minutes : minutes) * TimeSpan.TicksPerMinute;
        }

        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        value = new Instant(new DateTimeOffset(ticks, TimeSpan.Zero));
        return true;
    }

    /// <summary>RFC 3339 in UTC with <c>Z</c>, without trailing zeros in the fraction.</summary>
    public override string ToString() => Utc.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Rfc3339();
}
