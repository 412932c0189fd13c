using Microsoft.AspNetCore.Http;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Payments;
using Payments.Domain.Connectors;

namespace Payments.Dashboard.Tests.Payments;

internal static class ListModels
{
    public static TimeZoneInfo Berlin { get; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    /// <summary>2 May 2026, 14:00 in Berlin.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 5, 2, 12, 0, 0, TimeSpan.Zero);

    public static Connector Connector { get; } = Sample.Connector("stripe", "eu");

    public static PaymentListQuery Query(string query)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new(query.Length == 0 ? "" : $"?{query}");
        return PaymentListQuery.Read(context.Request);
    }

    public static PaymentListModel Model(string query)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = $"{Format.TimeZoneCookie}=Europe/Berlin";
        context.Request.Headers.AcceptLanguage = "en-GB";
        return new(Query(query), [Connector], new Format(new HttpContextAccessor { HttpContext = context }), Now);
    }
}
