namespace Payments.Application.Accounts;

/// <summary>Requests an account.</summary>
public sealed record GetAccountQuery(AccountId Id) : IRequest<Account>;

/// <summary>Returns the account. Throws <see cref="NotFoundException"/> if it does not exist.</summary>
internal sealed class GetAccountHandler(IAccountRepository accounts) : IRequestHandler<GetAccountQuery, Account>
{
    public async Task<Account> Handle(GetAccountQuery request, CancellationToken cancellationToken) =>
        await accounts.FindAsync(request.Id, cancellationToken) ?? throw new NotFoundException("No account has this id.");
}
