using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace Payments.Dashboard.Session;

/// <summary>The session of a signed-in person: an encrypted cookie that is sent to the dashboard only.</summary>
internal static class SessionCookie
{
    public const string SignInPath = "/dashboard/sign-in";
    private const string ScopeClaim = "scope";

    public static void AddSessionCookie(this IServiceCollection services)
    {
        services.AddAuthentication().AddCookie(DashboardScope.Scheme, cookie =>
        {
            cookie.Cookie.Name = "payments-dashboard";
            cookie.Cookie.Path = "/dashboard";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.LoginPath = cookie.AccessDeniedPath = SignInPath;
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.ExpireTimeSpan = TimeSpan.FromHours(1);
            cookie.SlidingExpiration = true;
            // An open page asks for new events all the time, and must not keep a session alive that nobody uses.
            cookie.Events.OnCheckSlidingExpiration = context =>
            {
                context.ShouldRenew &= !context.Request.Path.StartsWithSegments("/dashboard/live");
                return Task.CompletedTask;
            };
        });
        services.AddAuthorizationBuilder()
            .AddPolicy(DashboardScope.Read, policy => policy.AddAuthenticationSchemes(DashboardScope.Scheme).RequireClaim(ScopeClaim, "payments:read"))
            .AddPolicy(DashboardScope.Write, policy => policy.AddAuthenticationSchemes(DashboardScope.Scheme).RequireClaim(ScopeClaim, "payments:write"));
    }

    public static Task SignInAsync(HttpContext context, string name, IEnumerable<string> scopes) => context.SignInAsync(
        DashboardScope.Scheme,
        new ClaimsPrincipal(new ClaimsIdentity(
            [new(ClaimTypes.Name, name), .. scopes.Select(scope => new Claim(ScopeClaim, scope))], DashboardScope.Scheme)));

    /// <summary>Whether the session may change anything. Pages show no forms otherwise.</summary>
    public static bool CanWrite(this ClaimsPrincipal user) => user.HasClaim(ScopeClaim, "payments:write");
}
