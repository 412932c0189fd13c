using Payments.Application.Events;
using Payments.Application.Webhooks;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Lists;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;
using Payments.Domain.Webhooks;

namespace Payments.Dashboard.Webhooks;

/// <summary>The endpoints that get events, and their deliveries.</summary>
[Route("dashboard/webhooks")]
public sealed class WebhooksController(IMediator mediator, TimeProvider clock) : DashboardController
{
    private const string Path = "/dashboard/webhooks";

    /// <summary>Shows the endpoints.</summary>
    [HttpGet]
    public async Task<IActionResult> List(CancellationToken cancellationToken)
    {
        var page = await mediator.Send(new ListWebhooksQuery(PageLinks.Read(Request)), cancellationToken);
        return View(new WebhooksModel(page.Items, await mediator.Send(new ListWebhookProgressQuery(), cancellationToken), PageLinks.Of(page, Path, Request.Query)));
    }

    /// <summary>Shows an empty form.</summary>
    [HttpGet("new"), Authorize(DashboardScope.Write)]
    public IActionResult New() => Form(new(), null);

    /// <summary>Creates an endpoint and shows its secret. The response is the page itself, so that the secret is in no URL and no cookie.</summary>
    [HttpPost("new"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Create(CancellationToken cancellationToken)
    {
        var form = FormInput.Read(Request);
        try
        {
            var endpoint = await mediator.Send(
                new CreateWebhookCommand(form.Text("url").Trim(), form.All("types"), form.Given("description"), form.IsChecked("ordered")), cancellationToken);
            return View("Secret", new SecretModel(endpoint, IsNew: true));
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return Form(form, null);
        }
    }

    /// <summary>Shows an endpoint and its recorded deliveries.</summary>
    [HttpGet("{webhookID}")]
    public Task<IActionResult> Show(string webhookID, CancellationToken cancellationToken) => ShowAsync(Id(webhookID), new(), null, cancellationToken);

    /// <summary>Shows the settings in a form.</summary>
    [HttpGet("{webhookID}/edit"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Edit(string webhookID, CancellationToken cancellationToken)
    {
        var endpoint = await mediator.Send(new GetWebhookQuery(Id(webhookID)), cancellationToken);
        return Form(WebhookForm.Of(endpoint), endpoint);
    }

    /// <summary>Changes the settings.</summary>
    [HttpPost("{webhookID}/edit"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Update(string webhookID, CancellationToken cancellationToken)
    {
        var id = Id(webhookID);
        var form = FormInput.Read(Request);
        try
        {
            await mediator.Send(WebhookForm.Changes(id, form), cancellationToken);
            return Done(id, "saved");
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return Form(form, await mediator.Send(new GetWebhookQuery(id), cancellationToken));
        }
    }

    /// <summary>Pauses an endpoint.</summary>
    [HttpPost("{webhookID}/pause"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Pause(string webhookID, CancellationToken cancellationToken) =>
        Done((await mediator.Send(new PauseWebhookCommand(Id(webhookID)), cancellationToken)).Id, "paused");

    /// <summary>Resumes an endpoint.</summary>
    [HttpPost("{webhookID}/resume"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Resume(string webhookID, CancellationToken cancellationToken) =>
        Done((await mediator.Send(new ResumeWebhookCommand(Id(webhookID)), cancellationToken)).Id, "resumed");

    /// <summary>Replaces the secret and shows the new one.</summary>
    [HttpPost("{webhookID}/rotate-secret"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> RotateSecret(string webhookID, CancellationToken cancellationToken)
    {
        var form = FormInput.Read(Request);
        try
        {
            return View("Secret", new SecretModel(await mediator.Send(new RotateWebhookSecretCommand(Id(webhookID)), cancellationToken), IsNew: false));
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return await ShowAsync(Id(webhookID), form, null, cancellationToken);
        }
    }

    /// <summary>Sends a test event and shows the result, which is not recorded.</summary>
    [HttpPost("{webhookID}/test"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Test(string webhookID, CancellationToken cancellationToken)
    {
        var id = Id(webhookID);
        return await ShowAsync(id, new(), await mediator.Send(new TestWebhookCommand(id), cancellationToken), cancellationToken);
    }

    /// <summary>Sends again what failed since a time.</summary>
    [HttpPost("{webhookID}/recover"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Recover(string webhookID, CancellationToken cancellationToken)
    {
        var id = Id(webhookID);
        var form = FormInput.Read(Request);
        try
        {
            var count = await mediator.Send(new RecoverDeliveriesCommand(id, form.Given("since")), cancellationToken);
            return Done(id, "recovered", count);
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return await ShowAsync(id, form, null, cancellationToken);
        }
    }

    /// <summary>Sends an event again that the page lists.</summary>
    [HttpPost("{webhookID}/deliveries/{position}/resend"), Authorize(DashboardScope.Write)]
    public Task<IActionResult> ResendDelivery(string webhookID, string position, CancellationToken cancellationToken) =>
        ResendAsync(Id(webhookID), new(("position", position)), cancellationToken);

    /// <summary>Sends any event again.</summary>
    [HttpPost("{webhookID}/resend"), Authorize(DashboardScope.Write)]
    public Task<IActionResult> Resend(string webhookID, CancellationToken cancellationToken) => ResendAsync(Id(webhookID), FormInput.Read(Request), cancellationToken);

    /// <summary>Asks whether to delete an endpoint.</summary>
    [HttpGet("{webhookID}/delete"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> ConfirmDeletion(string webhookID, CancellationToken cancellationToken) =>
        View("Delete", await mediator.Send(new GetWebhookQuery(Id(webhookID)), cancellationToken));

    /// <summary>Deletes an endpoint.</summary>
    [HttpPost("{webhookID}/delete"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Delete(string webhookID, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteWebhookCommand(Id(webhookID)), cancellationToken);
        return this.SeeOther(Path);
    }

    private async Task<IActionResult> ResendAsync(WebhookId id, FormInput form, CancellationToken cancellationToken)
    {
        try
        {
            await mediator.Send(new ResendDeliveryCommand(id, WebhookModel.ReadPosition(form.Text("position"))), cancellationToken);
            return Done(id, "resent");
        }
        catch (Exception e) when (form.Rejects(e is NotFoundException ? new ValidationException([new("position", $"must be the position of an event. {e.Message.TrimEnd('.')}")]) : e))
        {
            return await ShowAsync(id, form, null, cancellationToken);
        }
    }

    private IActionResult Done(WebhookId id, string done, int? count = null) => this.SeeOther($"{Path}/{id}?done={done}{(count is null ? "" : $"&count={count}")}");

    private ViewResult Form(FormInput form, WebhookEndpoint? endpoint)
    {
        Response.StatusCode = form.Status;
        return View("Form", new WebhookForm(form, endpoint));
    }

    private async Task<IActionResult> ShowAsync(WebhookId id, FormInput form, WebhookAttempt? test, CancellationToken cancellationToken)
    {
        var endpoint = await mediator.Send(new GetWebhookQuery(id), cancellationToken);
        var state = StateFilter.Read<DeliveryState>(Request.Query["state"]);
        var page = await mediator.Send(new ListDeliveriesQuery(id, state, PageLinks.Read(Request)), cancellationToken);
        var progress = await mediator.Send(new ListWebhookProgressQuery(id), cancellationToken);
        Response.StatusCode = form.Status;
        return View("Show", new WebhookModel(endpoint, progress.GetValueOrDefault(id), new Instant(clock.GetUtcNow()))
        {
            LastPosition = (await mediator.Send(new FindEventRecordQuery(), cancellationToken)).Position,
            Deliveries = page.Items,
            State = state,
            Pages = PageLinks.Of(page, $"{Path}/{id}", Request.Query),
            Input = form,
            Test = test,
            Notice = WebhookModel.NoticeOf(Request.Query["done"], Request.Query["count"]),
        });
    }

    private static WebhookId Id(string webhookID) =>
        WebhookId.TryParse(webhookID, out var id) ? id : throw new NotFoundException("No webhook endpoint has this id.");
}
