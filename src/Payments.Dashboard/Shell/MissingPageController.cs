namespace Payments.Dashboard.Shell;

/// <summary>Every URL under /dashboard that no page has.</summary>
public sealed class MissingPageController : DashboardController
{
    /// <summary>Shows that there is no such page.</summary>
    [Route("dashboard/{**path}", Order = int.MaxValue)]
    public ViewResult ShowMissing() => Error(new(StatusCodes.Status404NotFound, "Not found", "There is no page at this address."));
}
