using Payments.Application.Connectors;
using Payments.Application.Events;
using Payments.Application.Inbox;
using Payments.Application.Totals;
using Payments.Application.Webhooks;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;

namespace Payments.Dashboard.Payments;

/// <summary>The list of payments, and the page of one payment.</summary>
[Route("dashboard/payments")]
public sealed class PaymentsController(IMediator mediator, Format format, TimeProvider clock) : DashboardController
{
    private const int MaxDeliveries = 20;
    private const int MaxProviderEvents = 20;

    /// <summary>Shows the payments that the filters in the URL match.</summary>
    [HttpGet]
    public Task<ViewResult> List(CancellationToken cancellationToken) => ListAsync(PaymentListQuery.Read(Request), null, cancellationToken);

    /// <summary>Reads the form of a filter, and leads to the list with the filter in its URL.</summary>
    [HttpGet("filter")]
    public async Task<IActionResult> ChangeFilter(CancellationToken cancellationToken)
    {
        var form = FilterForm.Read(PaymentListQuery.Read(Request), format.TimeZone);
        return form is null ? LocalRedirect(PaymentListQuery.Path)
            : form.Errors.Count == 0 ? LocalRedirect(form.Result.Url())
            : await ListAsync(form.Result, form, cancellationToken);
    }

    /// <summary>Leads to what the text of the search box means.</summary>
    [HttpGet("search")]
    public IActionResult Search()
    {
        var query = PaymentListQuery.Read(Request);
        var found = PaymentSearch.Read(query.One("text") ?? "", FilterForm.AmountAsset(query), isAmount: query.One("as") == "amount");
        return LocalRedirect(found.PaymentId is null ? found.List.Url() : PaymentUrl(found.PaymentId));
    }

    /// <summary>Shows a payment.</summary>
    [HttpGet("{paymentID}")]
    public async Task<IActionResult> Show(string paymentID, CancellationToken cancellationToken) =>
        PaymentId.TryParse(paymentID, out var id) ? View("Show", await ReadAsync(id, cancellationToken)) : NoPayment();

    /// <summary>Adds an adjustment.</summary>
    [HttpPost("{paymentID}/adjustments"), Authorize(DashboardScope.Write)]
    public Task<IActionResult> AddAdjustment(string paymentID, CancellationToken cancellationToken) => ChangeAsync(
        paymentID,
        "adjustment",
        (payment, form) => AdjustmentForm.Read(form, payment.Asset),
        (form, id) => form.ToCommand(id, format.TimeZone),
        (payment, form) => payment with { Adjustment = form.Over(payment.Stored.Version) },
        cancellationToken);

    /// <summary>Changes metadata.</summary>
    [HttpPost("{paymentID}/metadata"), Authorize(DashboardScope.Write), RequestSizeLimit(MetadataForm.MaxBytes)]
    public Task<IActionResult> ChangeMetadata(string paymentID, CancellationToken cancellationToken) => ChangeAsync(
        paymentID,
        "metadata",
        (_, form) => MetadataForm.Read(form),
        (form, id) => form.ToCommand(id),
        (payment, form) => payment with { MetadataForm = form.Over(payment.Metadata, payment.Stored.Version) },
        cancellationToken);

    private static string PaymentUrl(PaymentId id) => $"{PaymentListQuery.Path}/{id}";

    private ViewResult NoPayment() => Error(new(StatusCodes.Status404NotFound, "Not found", "No payment has this id."));

    /// <summary>Sends the command of a form, or shows the form again with the broken rules next to its fields.</summary>
    private async Task<IActionResult> ChangeAsync<TForm>(
        string paymentID, string saved, Func<StoredPayment, IFormCollection, TForm> read, Func<TForm, PaymentId, IRequest<RecordedPayment>> toCommand,
        Func<PaymentModel, TForm, PaymentModel> show, CancellationToken cancellationToken)
        where TForm : PaymentForm
    {
        if (!PaymentId.TryParse(paymentID, out var id) || !Request.HasFormContentType)
        {
            return NoPayment();
        }

        var form = read(await mediator.Send(new GetPaymentQuery(id), cancellationToken), Request.Form);
        try
        {
            await mediator.Send(toCommand(form, id), cancellationToken);
            return this.SeeOther($"{PaymentUrl(id)}?saved={saved}");
        }
        catch (ValidationException e)
        {
            form.AddErrors(e.Errors);
            Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (ConflictException e)
        {
            form.Message = e.Message;
            form.AddErrors(e.Errors);
            Response.StatusCode = StatusCodes.Status409Conflict;
        }
        catch (PreconditionFailedException)
        {
            form.IsOutdated = true;
            Response.StatusCode = StatusCodes.Status409Conflict;
        }

        return View("Show", show(await ReadAsync(id, cancellationToken), form));
    }

    private async Task<ViewResult> ListAsync(PaymentListQuery query, FilterForm? form, CancellationToken cancellationToken)
    {
        var model = new PaymentListModel(query, await mediator.Send(new ListConnectorsQuery(), cancellationToken), format, clock.GetUtcNow()) { Form = form };
        try
        {
            var (filter, first) = query.Read();
            // First the position: a payment that is recorded in between is in the list and counts as new, but none is missed.
            var record = await mediator.Send(new FindEventRecordQuery(), cancellationToken);
            // It is also called for payments that are not on the page.
            List<PaymentRow> rows = [];
            var page = await mediator.Send(
                new ListPaymentsQuery(filter, first, payment =>
                {
                    rows.Add(PaymentRow.Of(payment));
                    return (rows.Count - 1)..rows.Count;
                }),
                cancellationToken);
            var assets = await mediator.Send(new ListAssetsQuery(), cancellationToken);
            model = model with
            {
                Assets = [.. assets.Select(total => total.Asset.Code).Distinct()],
                Rows = [.. page.Items.Select(place => rows[place.Start.Value])],
                Next = page.Next,
                Previous = page.Previous,
                Position = record.Position,
            };
        }
        catch (ValidationException e)
        {
            model = model with { Errors = e.Errors };
        }

        if (model.Errors.Count > 0 || form is not null)
        {
            Response.StatusCode = StatusCodes.Status400BadRequest;
        }

        return View("List", model);
    }

    private async Task<PaymentModel> ReadAsync(PaymentId id, CancellationToken cancellationToken)
    {
        var stored = await mediator.Send(new GetPaymentQuery(id), cancellationToken);
        var connectors = await mediator.Send(new ListConnectorsQuery(), cancellationToken);
        var deliveries = await mediator.Send(new ListPaymentDeliveriesQuery(id, MaxDeliveries), cancellationToken);
        var connector = stored.ConnectorId;
        var providerEvents = await mediator.Send(new ListInboxQuery(connector.Provider.Id, connector, null, new(MaxProviderEvents)) { Payment = id }, cancellationToken);
        List<StoredEvent> events = [];
        var after = 0L;
        EventPage page;
        do
        {
            page = await mediator.Send(new ListPaymentEventsQuery(id, after, PaymentModel.EventPageSize), cancellationToken);
            events.AddRange(page.Events);
            after = page.Position;
        }
        while (page.Events.Count == PaymentModel.EventPageSize && events.Count < PaymentModel.MaxEvents);
        var query = PaymentListQuery.Read(Request);
        return new PaymentModel(stored, connectors.FirstOrDefault(installed => installed.Id == connector), events, deliveries)
        {
            ProviderEvents = providerEvents,
            Saved = query.One("saved"),
            HasUnreadEvents = page.Events.Count == PaymentModel.EventPageSize,
            First = int.TryParse(query.One("first"), out var first) && first > 0 ? first : 0,
            Adjustment = AdjustmentForm.New(stored, clock.GetUtcNow(), format.TimeZone),
            MetadataForm = MetadataForm.Of(Metadata.FromJson(stored.Metadata), stored.Version),
        };
    }
}
