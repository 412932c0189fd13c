using NSwag.Annotations;
using Payments.Api.Authentication;
using Payments.Api.Errors;
using Payments.Api.Http;
using Payments.Api.Lists;
using Payments.Application.Accounts;

namespace Payments.Api.Accounts;

/// <summary>The accounts that payments come from and go to.</summary>
[Route("api/payments/accounts")]
public sealed class AccountsController(IMediator mediator, IMapper mapper) : ControllerBase
{
    private const string List = "accounts";

    // An account never changes, so it has one version.
    private const string Version = "1";

    /// <summary>Records an account.</summary>
    /// <remarks>
    /// The connector and the reference identify the account. It is safe to send a request again. If it repeats what is recorded, nothing changes,
    /// and the response has the header `Idempotent-Replayed: true`. A recorded account never changes.
    /// </remarks>
    /// <param name="request">The account as its provider reports it.</param>
    /// <response code="200">The account as it is recorded.</response>
    /// <response code="400">The body has the wrong shape, or values break their rules. `errors` names each field.</response>
    /// <response code="409">The account is recorded with other content. `errors` names each field. Nothing was recorded.</response>
    [HttpPost, Authorize(Scope.Write), ReplayHeader]
    public async Task<ActionResult<AccountResponse>> CreateAccount(AccountRequest request, CancellationToken cancellationToken)
    {
        var recorded = await mediator.Send(mapper.Map<CreateAccountCommand>(request), cancellationToken);
        Response.MarkIfReplayed(recorded.Outcome);
        return new AccountResponse(mapper.Map<AccountData>(recorded.Account));
    }

    /// <summary>Lists accounts page by page.</summary>
    /// <remarks>
    /// Accounts are sorted by `createdAt`. Accounts with the same `createdAt` are sorted by the order of recording. Paging from the first page
    /// shows each account that existed at the start exactly once, even if accounts are recorded at the same time. A deep page is as fast as the
    /// first.
    /// </remarks>
    /// <response code="200">The page. The Link header has the URLs of the pages before and after it (RFC 8288).</response>
    /// <response code="400">A parameter breaks its rule, is unknown, or cannot be combined with `cursor`. `errors` names each parameter.</response>
    [HttpGet, Authorize(Scope.Read), OpenApiOperationProcessor(typeof(PageParameters))]
    public async Task<ActionResult<CursorResponse<AccountData>>> ListAccounts(CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var (page, _) = ListParameters.Read(List, Request.Query, validation);
        validation.ThrowIfInvalid();
        var found = await mediator.Send(new ListAccountsQuery(page), cancellationToken);
        return this.ToCursorResponse(List, page.Size, found, mapper.Map<AccountData>);
    }

    /// <summary>Reads an account.</summary>
    /// <param name="accountID">The account's id.</param>
    /// <response code="200">The account. Its ETag never changes.</response>
    /// <response code="304">If-None-Match contains the account's ETag.</response>
    /// <response code="400">The id cannot be decoded.</response>
    /// <response code="404">No account has this id.</response>
    [HttpGet("{accountID}"), Authorize(Scope.Read)]
    public async Task<ActionResult<AccountResponse>> GetAccount(string accountID, CancellationToken cancellationToken)
    {
        var account = await mediator.Send(new GetAccountQuery(InvalidIdException.Read<AccountId>(accountID)), cancellationToken);
        return this.IsNotModified(Version) ? StatusCode(StatusCodes.Status304NotModified) : new AccountResponse(mapper.Map<AccountData>(account));
    }
}
