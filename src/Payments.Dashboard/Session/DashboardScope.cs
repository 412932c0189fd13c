using System.Security.Claims;

namespace Payments.Dashboard.Session;

/// <summary>The authorization policies of the dashboard. They read the session's cookie, which counts nowhere else.</summary>
public static class DashboardScope
{
    /// <summary>The authentication scheme of the session's cookie.</summary>
    public const string Scheme = "Dashboard";

    /// <summary>Allows reading. It needs the scope <c>payments:read</c>.</summary>
    public const string Read = "dashboard:read";

    /// <summary>Allows changes. It needs the scope <c>payments:write</c>.</summary>
    public const string Write = "dashboard:write";

    /// <summary>Whether the session may change anything. Pages show no forms otherwise.</summary>
    public static bool CanWrite(this ClaimsPrincipal user) => user.HasScope("payments:write");

    /// <summary>Whether a token or session has a scope: in one claim with spaces (RFC 8693), in several claims, or under the name that Microsoft Entra uses.</summary>
    public static bool HasScope(this ClaimsPrincipal user, string scope) =>
        user.Claims.Any(claim => claim.Type is "scope" or "scp" && claim.Value.Split(' ').Contains(scope, StringComparer.Ordinal));
}
