using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Infrastructure.Tests.Lists;

namespace Payments.Infrastructure.Tests.Accounts;

internal sealed class AccountListTests<TDatabase> : ListTests<TDatabase, Account>
    where TDatabase : ITestDatabase
{
    protected override async Task<Account> AddAsync(int seconds)
    {
        var account = Sample.Account(Connector, seconds: seconds);
        await Accounts.AddAsync(account, default);
        return account;
    }

    protected override Task<Page<Account>> ListAsync(PageRequest request) => Accounts.ListAsync(request, default);

    protected override string Id(Account item) => item.Id.ToString();
}
