using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Lists;
using Payments.Application.Inbox;

namespace Payments.Api.Inbox;

/// <summary>Inbox: the events that the provider of a connector reported, and their results.</summary>
[Route("api/payments/connectors/{provider}/{connectorID}/inbox")]
public sealed class InboxController(IMediator mediator, IMapper mapper) : ControllerBase
{
    private const string List = "inbox";

    /// <summary>Lists the events of a connector page by page.</summary>
    /// <param name="provider">The connector's provider, ignoring case.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <response code="200">The page, newest event first, without bodies. The Link header has the URLs of the pages before and after it (RFC 8288).</response>
    /// <response code="400">The id cannot be decoded, or a parameter breaks its rule, is unknown, or cannot be combined with `cursor`.</response>
    /// <response code="404">The provider has no connector with this id.</response>
    [HttpGet, Authorize(Scope.Read)]
    [OpenApiOperationProcessor(typeof(PageParameters)), OpenApiOperationProcessor(typeof(InboxStateParameter))]
    public async Task<ActionResult<CursorResponse<InboxEntryData>>> ListInbox(string provider, string connectorID, CancellationToken cancellationToken)
    {
        var id = InvalidIdException.Read<ConnectorId>(connectorID);
        var validation = new Validation();
        var (page, cursorFilter) = ListParameters.Read(List, Request.Query, validation, InboxStateParameter.Find);
        var (state, filter) = InboxStateParameter.Read(Request.Query, cursorFilter, validation);
        validation.ThrowIfInvalid();
        var found = await mediator.Send(new ListInboxQuery(provider, id, state, page), cancellationToken);
        return this.ToCursorResponse(List, page.Size, found, mapper.Map<InboxEntryData>, filter);
    }

    /// <summary>Reads an event of a connector, with its body.</summary>
    /// <param name="provider">The connector's provider, ignoring case.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <param name="entryID">The id of the entry.</param>
    /// <response code="200">The entry.</response>
    /// <response code="400">An id cannot be decoded.</response>
    /// <response code="404">The connector has no entry with this id.</response>
    [HttpGet("{entryID}"), Authorize(Scope.Read)]
    public async Task<ActionResult<InboxEntryResponse>> GetInboxEntry(string provider, string connectorID, string entryID, CancellationToken cancellationToken) =>
        EntryResponse(await mediator.Send(new GetInboxEntryQuery(provider, InvalidIdException.Read<ConnectorId>(connectorID), Number(entryID)), cancellationToken));

    /// <summary>Maps and applies an event again.</summary>
    /// <remarks>An event that is already applied changes nothing. The service itself applies an event again when its payment changes.</remarks>
    /// <param name="provider">The connector's provider, ignoring case.</param>
    /// <param name="connectorID">The connector's id.</param>
    /// <param name="entryID">The id of the entry.</param>
    /// <response code="200">The entry with its new state.</response>
    /// <response code="400">An id cannot be decoded.</response>
    /// <response code="404">The connector has no entry with this id.</response>
    /// <response code="409">The body of the event was erased after the retention time.</response>
    [HttpPost("{entryID}/retry"), Authorize(Scope.Write)]
    public async Task<ActionResult<InboxEntryResponse>> RetryInboxEntry(string provider, string connectorID, string entryID, CancellationToken cancellationToken) =>
        EntryResponse(await mediator.Send(new RetryInboxEntryCommand(provider, InvalidIdException.Read<ConnectorId>(connectorID), Number(entryID)), cancellationToken));

    private InboxEntryResponse EntryResponse(InboxEntry entry) => new(mapper.Map<InboxEntryData>(entry));

    private static long Number(string entryID) =>
        long.TryParse(entryID, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidIdException("entryID must be the id of an inbox entry, digits only.");
}

internal sealed class InboxStateParameter : StateParameter<InboxState>;
