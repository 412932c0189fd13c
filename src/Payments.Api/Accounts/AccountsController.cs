using AutoMapper;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Http;
using Payments.Api.Lists;
using Payments.Application.Accounts;
using Payments.Domain;
using Payments.Domain.Accounts;

namespace Payments.Api.Accounts;

/// <summary>Accounts: where payments come from and go to.</summary>
[ApiController]
[Route("api/payments/accounts")]
[Tags("Accounts")]
public sealed class AccountsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    // The list's name in its cursors.
    private const string List = "accounts.v1";

    // An account never changes, so its address tells all that there is to tell of its version.
    private const string Version = "1";

    /// <summary>Records an account, once.</summary>
    /// <remarks>
    /// Connector and reference identify the account. Sent again with the same content it changes nothing and answers the account as it is
    /// stored, with the header Idempotent-Replayed: true. So the request may safely be repeated.
    /// </remarks>
    /// <param name="request">The account as its provider reports it.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The account as it is stored.</response>
    /// <response code="400">The body has the wrong shape, or values break their rules; `errors` names each by its field.</response>
    /// <response code="409">The account is stored with other content; `errors` names the fields.</response>
    [HttpPost]
    [Authorize(Scope.Write)]
    [ProducesResponseType<AccountResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status409Conflict)]
    public async Task<ActionResult<AccountResponse>> CreateAccount(AccountRequest request, CancellationToken cancellationToken)
    {
        var recorded = await mediator.Send(mapper.Map<CreateAccountCommand>(request), cancellationToken);
        Response.MarkIfReplayed(recorded.Outcome);
        return new AccountResponse(mapper.Map<AccountData>(recorded.Account));
    }

    /// <summary>Lists accounts, page by page.</summary>
    /// <remarks>
    /// The list is ordered by createdAt, and accounts of the same instant by the order of recording. A walk from page to page shows every
    /// account that was there at its start exactly once, whatever is recorded meanwhile, and a deep page costs what the first one costs.
    /// </remarks>
    /// <param name="pageSize">The most accounts of a page: 1 to 1000; 0 means 15, and more than 1000 means 1000.</param>
    /// <param name="cursor">The `next` or `previous` of an answer. It carries its order, so no sort may stand beside it, and its page size, so another one there says nothing.</param>
    /// <param name="sort">createdAt:desc, the newest first, or createdAt:asc.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The page; Link has its neighbours too (RFC 8288).</response>
    /// <response code="400">A parameter breaks its rule, is not one of this list, or stands beside a cursor; `errors` names it.</response>
    [HttpGet]
    [Authorize(Scope.Read)]
    [ProducesResponseType<CursorResponse<AccountData>>(StatusCodes.Status200OK)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    public async Task<ActionResult<CursorResponse<AccountData>>> ListAccounts(
        [FromQuery] string? pageSize, [FromQuery] string? cursor, [FromQuery] string? sort, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var (page, _) = ListParameters.Read(List, Request.Query, validation);
        validation.ThrowIfInvalid();
        var found = await mediator.Send(new ListAccountsQuery(page), cancellationToken);
        return this.ToCursorResponse(List, page.Size, found, mapper.Map<IReadOnlyList<AccountData>>(found.Items));
    }

    /// <summary>Reads an account.</summary>
    /// <param name="accountID">The account's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The account; as it never changes, ETag is always the same.</response>
    /// <response code="304">If-None-Match names that ETag.</response>
    /// <response code="400">The id does not decode.</response>
    /// <response code="404">There is no account of this id.</response>
    [HttpGet("{accountID}")]
    [Authorize(Scope.Read)]
    [ProducesResponseType<AccountResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status304NotModified)]
    [ProducesResponseType<Problem>(StatusCodes.Status400BadRequest)]
    [ProducesResponseType<Problem>(StatusCodes.Status404NotFound)]
    public async Task<ActionResult<AccountResponse>> GetAccount(string accountID, CancellationToken cancellationToken)
    {
        var account = await mediator.Send(new GetAccountQuery(Id(accountID)), cancellationToken);
        return this.IsKnown(Version) ? StatusCode(StatusCodes.Status304NotModified) : new AccountResponse(mapper.Map<AccountData>(account));
    }

    private static AccountId Id(string text) =>
        AccountId.TryParse(text, out var id) ? id : throw new InvalidIdException($"The account's id {AccountId.Rule}.");
}
