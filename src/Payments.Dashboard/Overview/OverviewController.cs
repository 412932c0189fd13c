using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Overview;

/// <summary>The first page.</summary>
[Route("dashboard")]
public sealed class OverviewController : DashboardController
{
    /// <summary>Shows the page.</summary>
    [HttpGet]
    public IActionResult Show() => View();
}
