using System.Globalization;

namespace Payments.Dashboard.Formatting;

/// <summary>Times as a form has them: without an offset, in the reader's time zone.</summary>
internal static class LocalTime
{
    private static readonly string[] Formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];

    /// <summary>Reads a date with or without a time. A time that a clock shows twice is the one with the meant offset, and otherwise the earlier one,
    /// so that a day has all its hours. One that it skips is as if it had not moved.</summary>
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTimeOffset time, TimeSpan? meant = null)
    {
        var isTime = DateTime.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local);
        // Times at both ends of the calendar have no offset.
        isTime = isTime && local.Year is > 1 and < 9999;
        time = isTime ? At(local, zone, meant) : default;
        return isTime;
    }

    /// <summary>The start of the reader's day that a number of days lies before a time.</summary>
    public static DateTimeOffset StartOfDay(DateTimeOffset time, TimeZoneInfo zone, int daysBefore = 0) =>
        At(TimeZoneInfo.ConvertTime(time, zone).Date.AddDays(-daysBefore), zone);

    /// <summary>The start of the reader's month.</summary>
    public static DateTimeOffset StartOfMonth(DateTimeOffset time, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(time, zone);
        return At(new DateTime(local.Year, local.Month, 1), zone);
    }

    /// <summary>RFC 3339 with the offset, to the second or as exact as needed.</summary>
    public static string ToRfc3339(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);

    /// <summary>A date with a time to the second, as a form has it.</summary>
    public static string ToText(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private static DateTimeOffset At(DateTime local, TimeZoneInfo zone, TimeSpan? meant = null)
    {
        TimeSpan[] offsets = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local) : [zone.GetUtcOffset(local)];
        return new(local, meant is { } offset && offsets.Contains(offset) ? offset : offsets.Max());
    }
}
