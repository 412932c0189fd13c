using Payments.Dashboard.Formatting;
using Payments.Dashboard.Session;

namespace Payments.Dashboard.Shell;

/// <summary>Lets a reader choose the time zone of the pages.</summary>
[Route("dashboard/time-zone")]
public sealed class TimeZoneController : DashboardController
{
    /// <summary>Shows the time zones.</summary>
    [HttpGet]
    public ViewResult Choose() => View("TimeZone", LocalUrl.OrHome(Request.Query["returnUrl"]));

    /// <summary>Keeps the time zone in the browser.</summary>
    [HttpPost]
    public IActionResult Save()
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(Request.HasFormContentType ? Request.Form["zone"].ToString() : "", out var zone))
        {
            // Not HttpOnly, because the script sets it too.
            var year = TimeSpan.FromDays(365);
            Response.Cookies.Append(
                Format.TimeZoneCookie, zone.Id, new() { Path = "/dashboard", MaxAge = year, SameSite = SameSiteMode.Lax, Secure = Request.IsHttps });
        }

        return this.SeeOther(LocalUrl.OrHome(Request.Query["returnUrl"]));
    }
}
