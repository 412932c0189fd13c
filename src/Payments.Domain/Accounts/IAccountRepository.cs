namespace Payments.Domain.Accounts;

/// <summary>Where accounts are kept. What is acknowledged is on disk, and what is stored is never changed or taken out.</summary>
public interface IAccountRepository
{
    /// <summary>Stores an account; of several at once with the same id, one is added.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<AddOutcome> AddAsync(Account account, CancellationToken cancellationToken);

    /// <summary>A page of accounts by <c>createdAt</c>. However deep it is, it costs what the first one costs.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<Page<Account>> ListAsync(PageRequest request, CancellationToken cancellationToken);

    /// <summary>An account, or null.</summary>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<Account?> FindAsync(AccountId id, CancellationToken cancellationToken);
}
