namespace Payments.Domain.Accounts;

/// <summary>Stores accounts. A write that returned is on disk, and an account never changes.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IAccountRepository
{
    /// <summary>Stores a new account; false if one with this id already exists. Of several concurrent calls, one returns true.</summary>
    /// <exception cref="ValidationException">The connector is not installed.</exception>
    Task<bool> AddAsync(Account account, CancellationToken cancellationToken);

    /// <summary>Returns a page of accounts ordered by createdAt. The cost does not grow with the depth of the page.</summary>
    Task<Page<Account>> ListAsync(PageRequest request, CancellationToken cancellationToken);

    /// <summary>Returns an account, or null if it does not exist.</summary>
    Task<Account?> FindAsync(AccountId id, CancellationToken cancellationToken);
}
