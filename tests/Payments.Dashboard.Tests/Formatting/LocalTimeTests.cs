using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Tests.Formatting;

public sealed class LocalTimeTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [TestCase("2026-07-01", "2026-07-01T00:00:00+02:00")]
    [TestCase("2026-01-01T14:30", "2026-01-01T14:30:00+01:00")]
    [TestCase("2026-01-01T14:30:05.25", "2026-01-01T14:30:05.25+01:00")]
    [TestCase("2026-10-25T02:30", "2026-10-25T02:30:00+02:00", Description = "shown twice")]
    [TestCase("2026-03-29T02:30", "2026-03-29T02:30:00+01:00", Description = "skipped")]
    public void TryParse_LocalTime_HasTheOffsetOfTheTimeZone(string text, string expected)
    {
        Assert.That(LocalTime.TryParse(text, Berlin, out var time), Is.True);
        Assert.That(LocalTime.ToRfc3339(time), Is.EqualTo(expected));
    }

    [TestCase("2026-10-25T02:30", 1, "2026-10-25T02:30:00+01:00", Description = "shown twice")]
    [TestCase("2026-10-25T02:30", 5, "2026-10-25T02:30:00+02:00", Description = "the offset of neither time")]
    [TestCase("2026-07-01", 1, "2026-07-01T00:00:00+02:00", Description = "shown once")]
    public void TryParse_MeantOffset_CountsOnlyForATimeThatIsShownTwice(string text, int hours, string expected)
    {
        Assert.That(LocalTime.TryParse(text, Berlin, out var time, TimeSpan.FromHours(hours)), Is.True);
        Assert.That(LocalTime.ToRfc3339(time), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("2026-13-01")]
    [TestCase("2026-01-01T14:30Z")]
    [TestCase("9999-12-31T23:59")]
    [TestCase("0001-01-01")]
    public void TryParse_OtherText_ReturnsFalse(string text) => Assert.That(LocalTime.TryParse(text, Berlin, out _), Is.False);

    [Test]
    public void StartOfDay_DaysBeforeAChangeOfTheClock_IsLocalMidnight() => Assert.That(
        LocalTime.ToRfc3339(LocalTime.StartOfDay(new DateTimeOffset(2026, 10, 27, 23, 30, 0, TimeSpan.Zero), Berlin, daysBefore: 7)),
        Is.EqualTo("2026-10-21T00:00:00+02:00"));

    [Test]
    public void StartOfMonth_LastHourOfAMonthInUtc_IsTheNextMonth() => Assert.That(
        LocalTime.ToRfc3339(LocalTime.StartOfMonth(new DateTimeOffset(2026, 10, 31, 23, 30, 0, TimeSpan.Zero), Berlin)),
        Is.EqualTo("2026-11-01T00:00:00+01:00"));

    [Test]
    public void StartOfDay_AmbiguousMidnight_IsTheFirstOne() => Assert.That(
        LocalTime.ToRfc3339(LocalTime.StartOfDay(
            new DateTimeOffset(2026, 10, 25, 12, 0, 0, TimeSpan.Zero), TimeZoneInfo.FindSystemTimeZoneById("Atlantic/Azores"))),
        Is.EqualTo("2026-10-25T00:00:00+00:00"));
}
