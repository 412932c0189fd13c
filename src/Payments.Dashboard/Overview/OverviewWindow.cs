using System.Globalization;

namespace Payments.Dashboard.Overview;

/// <summary>The days of the overview, in UTC. The URL has the name of a window that ends today, or the name <see cref="Dates"/> and two dates.</summary>
/// <param name="Name">The name in the URL.</param>
/// <param name="FirstDay">The first day.</param>
/// <param name="LastDay">The last day, included.</param>
/// <param name="From">The first date in the URL; empty if it is not valid.</param>
/// <param name="To">The last date in the URL; empty if it is not valid.</param>
/// <param name="Error">The rule that the dates break; null if they are right.</param>
internal sealed record OverviewWindow(string Name, DateOnly FirstDay, DateOnly LastDay, string From, string To, string? Error)
{
    /// <summary>The name of the window with custom dates.</summary>
    public const string Dates = "dates";

    // Two years and a leap day. Each month is a bar of the plots.
    private const int MaxDays = 731;
    private const string Default = "30d";

    /// <summary>The names of all windows, and their texts.</summary>
    public static IReadOnlyList<(string Name, string Text)> All { get; } =
        [("7d", "Last 7 days"), (Default, "Last 30 days"), ("90d", "Last 90 days"), ("12m", "Last 12 months"), (Dates, "Own dates")];

    /// <summary>The number of days.</summary>
    public int Days => LastDay.DayNumber - FirstDay.DayNumber + 1;

    /// <summary>Reads the parameters of the URL.</summary>
    public static OverviewWindow Read(string? name, string? from, string? to, DateOnly today)
    {
        if (name != Dates)
        {
            name = All.Any(window => window.Name == name) ? name! : Default;
            return new(name, First(name, today), today, "", "", null);
        }

        var error = !TryParse(from, out var first) ? "From must be a date since 1970-01-01, such as 2026-05-01"
            : !TryParse(to, out var last) ? "To must be a date since 1970-01-01, such as 2026-05-31"
            : last < first ? "To must not be before From"
            : last.DayNumber - first.DayNumber >= MaxDays ? $"From and To must be at most {MaxDays} days apart, both included"
            : null;
        return error is null
            ? new(name, first, Parse(to!), from!, to!, null)
            : new(name, First(Default, today), today, Typed(from), Typed(to), error);

        // A browser warns about another value.
        static string Typed(string? date) => TryParse(date, out _) ? date! : "";
    }

    private static DateOnly First(string name, DateOnly today) => name switch
    {
        "7d" => today.AddDays(-6),
        "90d" => today.AddDays(-89),
        "12m" => today.AddYears(-1).AddDays(1),
        _ => today.AddDays(-29),
    };

    // A browser sends dates in this form. No payment is older than 1970, and the year limits keep the days around a window valid.
    private static bool TryParse(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is >= 1970 and < 9999;

    private static DateOnly Parse(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
