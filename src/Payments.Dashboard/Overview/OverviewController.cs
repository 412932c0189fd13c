using Payments.Application.Totals;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Overview;

/// <summary>The first page.</summary>
[Route("dashboard")]
public sealed class OverviewController(IMediator mediator, TimeProvider clock) : DashboardController
{
    /// <summary>Shows the totals of an asset and a type. A value that is missing or wrong becomes the most used asset, its most used type, or 30 days.</summary>
    [HttpGet]
    public async Task<IActionResult> Show(string? asset, string? type, string? window, string? from, string? to, CancellationToken cancellationToken)
    {
        var assets = await mediator.Send(new ListAssetsQuery(), cancellationToken);
        var days = OverviewWindow.Read(window, from, to, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        if (OverviewModel.Select(assets, asset, type) is not { } selected)
        {
            return View("Empty");
        }

        var totals = await mediator.Send(new GetOverviewQuery(selected.Asset, selected.Type, days.FirstDay, days.LastDay), cancellationToken);
        return View(new OverviewModel(assets, selected.Asset, selected.Type, days, totals));
    }
}
