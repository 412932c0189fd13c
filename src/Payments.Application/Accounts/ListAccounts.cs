namespace Payments.Application.Accounts;

/// <summary>Requests a page of accounts.</summary>
public sealed record ListAccountsQuery(PageRequest Page) : IRequest<Page<Account>>;

internal sealed class ListAccountsHandler(IAccountRepository accounts) : IRequestHandler<ListAccountsQuery, Page<Account>>
{
    public Task<Page<Account>> Handle(ListAccountsQuery request, CancellationToken cancellationToken) =>
        accounts.ListAsync(request.Page, cancellationToken);
}
