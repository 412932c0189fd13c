namespace Payments.Dashboard.Shell;

/// <summary>Every URL under /dashboard that no page has.</summary>
public sealed class MissingPageController : DashboardController
{
    /// <summary>Shows that there is no such page.</summary>
    [HttpGet("dashboard/{**path}", Order = int.MaxValue)]
    public ViewResult ShowMissing() => Error(ErrorModel.Of(StatusCodes.Status404NotFound, "", isForm: false, ""));
}
