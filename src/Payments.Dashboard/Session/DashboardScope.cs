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
}
