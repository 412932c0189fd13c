using Payments.Application.Connectors;
using Payments.Application.Events;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Events;

/// <summary>The record of all changes: who changed what and when.</summary>
[Route("dashboard/events")]
public sealed class EventsController(IMediator mediator, Format format) : DashboardController
{
    /// <summary>Shows the newest events that match the filter.</summary>
    [HttpGet]
    public async Task<IActionResult> List(CancellationToken cancellationToken)
    {
        var connectors = new ConnectorNames(await mediator.Send(new ListConnectorsQuery(), cancellationToken));
        var parameters = new FormInput(Request.Query.Select(parameter => (parameter.Key, parameter.Value)));
        try
        {
            var (filter, before) = EventParameters.Read(parameters, format.TimeZone);
            var page = await mediator.Send(new ListNewestEventsQuery(filter, before), cancellationToken);
            return View(new EventsModel(parameters, page, connectors));
        }
        catch (ValidationException e) when (parameters.Rejects(e))
        {
            Response.StatusCode = parameters.Status;
            return View(new EventsModel(parameters, new(await mediator.Send(new FindEventRecordQuery(), cancellationToken), [], 1), connectors));
        }
    }
}
