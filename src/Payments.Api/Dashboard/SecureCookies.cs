using System.Net;
using Microsoft.Net.Http.Headers;
using Payments.Dashboard.Formatting;

namespace Payments.Api.Dashboard;

/// <summary>Where the dashboard accepts and sends cookies: over https with the prefix <c>__Host-</c>, and in Development on the same machine without it.</summary>
/// <remarks>A browser accepts a cookie with this prefix only if it is Secure and has no Domain. So neither plain http nor another host of the domain
/// can set or replace it. The libraries that write cookies have one name for each, so the names are changed here.</remarks>
internal static class SecureCookies
{
    private const string Prefix = "__Host-";

    /// <summary>Whether a session over this connection is safe from others. The host is checked because DNS can lead a foreign name to this machine.</summary>
    public static bool IsSafe(HttpContext context) => context.Request.IsHttps
        || (context.RequestServices.GetRequiredService<IHostEnvironment>().IsDevelopment()
            && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && IsLoopback(context.Request.Host.Host));

    /// <summary>Reads and sets cookies of this request with the prefix.</summary>
    public static void UsePrefix(HttpContext context)
    {
        // The browser's script sets the time zone, which needs no protection.
        context.Request.Headers.Cookie = string.Join("; ",
            from cookie in context.Request.GetTypedHeaders().Cookie
            let isOurs = cookie.Name.StartsWith(Prefix, StringComparison.Ordinal)
            where isOurs || cookie.Name == Format.TimeZoneCookie
            select isOurs ? $"{cookie.Name.AsSpan(Prefix.Length)}={cookie.Value}" : cookie.ToString());
        context.Response.OnStarting(AddPrefix, context.Response);
    }

    private static Task AddPrefix(object response)
    {
        var headers = ((HttpResponse)response).Headers;
        headers.SetCookie = new([
            .. SetCookieHeaderValue.ParseList([.. headers.SetCookie.OfType<string>()]).Select(cookie =>
            {
                cookie.Name = Prefix + cookie.Name;
                cookie.Path = "/"; // required by the prefix
                cookie.Secure = true;
                return cookie.ToString();
            }),
        ]);
        return Task.CompletedTask;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
