using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Payments.Dashboard.Formatting;

namespace Payments.Dashboard.Tests.Formatting;

public sealed class FormatTests
{
    // The calendar of Saudi Arabia ends in 2077, and that of Thailand counts other years.
    [TestCase("ar-SA")]
    [TestCase("th-TH")]
    [TestCase("fa-IR")]
    public void Date_CultureWithAnotherCalendar_IsGregorian(string culture)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.AcceptLanguage = culture;

        Assert.That(new Format(new HttpContextAccessor { HttpContext = context }).Date(new DateTime(2100, 1, 2)), Does.Contain("2100"));
    }

    [Test]
    public void Date_EveryCulture_HasAGregorianCalendar() => Assert.Multiple(() =>
    {
        foreach (var culture in CultureInfo.GetCultures(CultureTypes.SpecificCultures))
        {
            var context = new DefaultHttpContext();
            context.Request.Headers.AcceptLanguage = culture.Name;
            Assert.That(() => new Format(new HttpContextAccessor { HttpContext = context }).Culture.DateTimeFormat.Calendar, Is.InstanceOf<GregorianCalendar>(), culture.Name);
        }
    });

    [Test]
    [SetCulture("th-TH")]
    public void Time_ProcessWithAnotherCalendar_IsRfc3339()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        new Format(new HttpContextAccessor { HttpContext = new DefaultHttpContext() }).Time(new DateTime(2026, 5, 1, 12, 0, 0)).WriteTo(text, System.Text.Encodings.Web.HtmlEncoder.Default);

        Assert.That(WebUtility.HtmlDecode(text.ToString()), Does.Contain("datetime=\"2026-05-01T12:00:00Z\""));
    }
}
