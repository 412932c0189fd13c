using System.Globalization;
using Payments.Application.Connectors;
using Payments.Application.Inbox;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Lists;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;
using Payments.Domain.Connectors;

namespace Payments.Dashboard.Connectors;

/// <summary>The connectors, their settings, and the events that their providers reported.</summary>
[Route("dashboard/connectors")]
public sealed class ConnectorsController(IMediator mediator) : DashboardController
{
    /// <summary>Shows the installed connectors.</summary>
    [HttpGet]
    public async Task<IActionResult> List(CancellationToken cancellationToken) =>
        View(new ConnectorsModel(await mediator.Send(new DescribeConnectorsQuery(), cancellationToken), ServiceUrl));

    /// <summary>Shows an empty form.</summary>
    [HttpGet("new"), Authorize(DashboardScope.Write)]
    public IActionResult New() => InstallForm(new());

    /// <summary>Installs a connector.</summary>
    [HttpPost("new"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Install(CancellationToken cancellationToken)
    {
        var form = FormInput.Read(Request);
        try
        {
            var connector = await mediator.Send(new InstallConnectorCommand(form.Text("provider").Trim(), form.Given("name"), form.Given("connectorID")), cancellationToken);
            return this.SeeOther(ConnectorModel.PathOf(connector.Id));
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return InstallForm(form);
        }
    }

    /// <summary>Shows a connector with its settings and its inbox.</summary>
    [HttpGet("{provider}/{connectorID}")]
    public Task<IActionResult> Show(string provider, string connectorID, CancellationToken cancellationToken) =>
        ShowAsync(provider, connectorID, new(), cancellationToken);

    /// <summary>Changes the settings.</summary>
    [HttpPost("{provider}/{connectorID}/settings"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Configure(string provider, string connectorID, CancellationToken cancellationToken)
    {
        var id = Id(connectorID);
        var form = FormInput.Read(Request);
        var description = await mediator.Send(new DescribeConnectorQuery(provider, id), cancellationToken);
        try
        {
            await mediator.Send(new ConfigureConnectorCommand(provider, id, SettingsForm.Changes(form, description.Settings)), cancellationToken);
            return this.SeeOther($"{ConnectorModel.PathOf(id)}?done=settings");
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return await ShowAsync(provider, connectorID, form, cancellationToken);
        }
    }

    /// <summary>Asks whether to uninstall a connector.</summary>
    [HttpGet("{provider}/{connectorID}/uninstall"), Authorize(DashboardScope.Write)]
    public Task<IActionResult> ConfirmUninstallation(string provider, string connectorID, CancellationToken cancellationToken) =>
        ConfirmAsync(provider, connectorID, new(), cancellationToken);

    /// <summary>Uninstalls a connector whose name was typed.</summary>
    [HttpPost("{provider}/{connectorID}/uninstall"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Uninstall(string provider, string connectorID, CancellationToken cancellationToken)
    {
        var id = Id(connectorID);
        var form = FormInput.Read(Request);
        var description = await mediator.Send(new DescribeConnectorQuery(provider, id), cancellationToken);
        try
        {
            if (form.Text("name") != description.Connector.Name.Text)
            {
                throw new ValidationException([new("name", $"must be {description.Connector.Name}, exactly")]);
            }

            await mediator.Send(new UninstallConnectorCommand(provider, id), cancellationToken);
            return this.SeeOther("/dashboard/connectors");
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return await ConfirmAsync(provider, connectorID, form, cancellationToken);
        }
    }

    /// <summary>Shows an entry of the inbox with its body.</summary>
    [HttpGet("{provider}/{connectorID}/inbox/{entryID}")]
    public Task<IActionResult> Entry(string provider, string connectorID, string entryID, CancellationToken cancellationToken) =>
        EntryAsync(provider, connectorID, entryID, new(), cancellationToken);

    /// <summary>Maps and applies an entry again.</summary>
    [HttpPost("{provider}/{connectorID}/inbox/{entryID}/retry"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Retry(string provider, string connectorID, string entryID, CancellationToken cancellationToken)
    {
        var form = FormInput.Read(Request);
        try
        {
            var entry = await mediator.Send(new RetryInboxEntryCommand(provider, Id(connectorID), EntryId(entryID)), cancellationToken);
            return this.SeeOther($"{ConnectorModel.PathOf(entry.Connector)}/inbox/{entry.Id}?done=retry");
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return await EntryAsync(provider, connectorID, entryID, form, cancellationToken);
        }
    }

    private string ServiceUrl => $"{Request.Scheme}://{Request.Host}{Request.PathBase}";

    private ViewResult InstallForm(FormInput form)
    {
        Response.StatusCode = form.Status;
        return View("Form", form);
    }

    private async Task<IActionResult> ShowAsync(string provider, string connectorID, FormInput form, CancellationToken cancellationToken)
    {
        var id = Id(connectorID);
        var description = await mediator.Send(new DescribeConnectorQuery(provider, id), cancellationToken);
        var state = StateFilter.Read<InboxState>(Request.Query["state"]);
        var page = await mediator.Send(new ListInboxQuery(provider, id, state, PageLinks.Read(Request)), cancellationToken);
        Response.StatusCode = form.Status;
        return View("Show", new ConnectorModel(description, ServiceUrl, form)
        {
            Entries = page.Items,
            State = state,
            Pages = PageLinks.Of(page, ConnectorModel.PathOf(id), Request.Query),
            IsSaved = Request.Query["done"] == "settings",
        });
    }

    private async Task<IActionResult> ConfirmAsync(string provider, string connectorID, FormInput form, CancellationToken cancellationToken)
    {
        var description = await mediator.Send(new DescribeConnectorQuery(provider, Id(connectorID)), cancellationToken);
        Response.StatusCode = form.Status;
        return View("Uninstall", new ConnectorModel(description, ServiceUrl, form));
    }

    private async Task<IActionResult> EntryAsync(string provider, string connectorID, string entryID, FormInput form, CancellationToken cancellationToken)
    {
        var id = Id(connectorID);
        var description = await mediator.Send(new DescribeConnectorQuery(provider, id), cancellationToken);
        var entry = await mediator.Send(new GetInboxEntryQuery(provider, id, EntryId(entryID)), cancellationToken);
        Response.StatusCode = form.Status;
        return View("Entry", new InboxEntryModel(entry, description.Connector, form, Request.Query["done"] == "retry"));
    }

    private static ConnectorId Id(string connectorID) =>
        ConnectorId.TryParse(connectorID, out var id) ? id : throw new NotFoundException("The provider has no connector with this id.");

    private static long EntryId(string entryID) => long.TryParse(entryID, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id : throw new NotFoundException("The connector has no inbox entry with this id.");
}
