using System.Globalization;
using System.Net;
using System.Numerics;
using Microsoft.AspNetCore.Html;

namespace Payments.Dashboard.Formatting;

/// <summary>Shows amounts, numbers and times as the reader's browser and time zone ask for.</summary>
public sealed class Format(IHttpContextAccessor context)
{
    /// <summary>The cookie with the name of the time zone, which the script sets from the browser and the reader can change.</summary>
    public const string TimeZoneCookie = "payments-time-zone";

    private CultureInfo? _culture;
    private TimeZoneInfo? _timeZone;

    /// <summary>The reader's language and country, for the format of numbers and dates. The texts are English.</summary>
    public CultureInfo Culture => _culture ??= FindCulture();

    /// <summary>The reader's time zone; UTC until it is known.</summary>
    public TimeZoneInfo TimeZone => _timeZone ??=
        TimeZoneInfo.TryFindSystemTimeZoneById(context.HttpContext!.Request.Cookies[TimeZoneCookie] ?? "", out var zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>A whole number with its groups of digits.</summary>
    public string Number(long number) => number.ToString("N0", Culture);

    /// <summary>An amount in minor units with the decimals of its asset, exact for any number of digits.</summary>
    public string Amount(BigInteger minorUnits, string asset) => AmountText.Of(minorUnits, asset, Culture.NumberFormat);

    /// <inheritdoc cref="Amount(BigInteger, string)"/>
    public string Amount(string digits, string asset) => Amount(BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture), asset);

    /// <summary>An amount, and its currency in a softer color.</summary>
    public IHtmlContent AmountWithAsset(string digits, string asset) => new HtmlContentBuilder()
        .Append(Amount(digits, asset)).AppendHtml(" <span class=\"soft\">").Append(AmountText.Currency(asset)).AppendHtml("</span>");

    /// <summary>The date of a time in the reader's time zone.</summary>
    public string Date(DateTime local) => local.ToString("d MMM yyyy", Culture);

    /// <summary>A time to the second in the reader's time zone, with UTC as its title.</summary>
    public IHtmlContent Time(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, TimeZone);
        return new HtmlString(string.Create(
            CultureInfo.InvariantCulture,
            $"<time datetime=\"{time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.FFFFFFFZ}\" title=\"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.FFFFFFF} UTC\">{WebUtility.HtmlEncode(Date(local.DateTime))}, {local:HH:mm:ss}</time>"));
    }

    /// <inheritdoc cref="Time(DateTimeOffset)"/>
    public IHtmlContent Time(DateTime utc) => Time(new DateTimeOffset(utc, TimeSpan.Zero));

    private CultureInfo FindCulture()
    {
        foreach (var language in context.HttpContext!.Request.GetTypedHeaders().AcceptLanguage.OrderByDescending(language => language.Quality ?? 1))
        {
            try
            {
                return WithGregorianDates(CultureInfo.GetCultureInfo(language.Value.ToString(), predefinedOnly: true));
            }
            catch (CultureNotFoundException)
            {
                // The next one may be known.
            }
        }

        return CultureInfo.GetCultureInfo("en-US");
    }

    // Dates of other calendars would not match those of providers and of the API, and some calendars end in this century.
    private static CultureInfo WithGregorianDates(CultureInfo culture)
    {
        if (culture.DateTimeFormat.Calendar is not GregorianCalendar)
        {
            culture = (CultureInfo)culture.Clone();
            culture.DateTimeFormat.Calendar = culture.OptionalCalendars.OfType<GregorianCalendar>().First();
        }

        return culture;
    }
}
