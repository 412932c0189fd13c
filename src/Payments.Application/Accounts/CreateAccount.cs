namespace Payments.Application.Accounts;

/// <summary>Records a provider's report of an account. Each value is the text that was received; null if there was none.</summary>
public sealed record CreateAccountCommand : IRequest<RecordedAccount>
{
    /// <summary>The provider's reference.</summary>
    public string? Reference { get; init; }
    /// <summary>The id of the connector that reports the account.</summary>
    public string? ConnectorId { get; init; }
    /// <summary>The provider's time of the account's creation: RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }
    /// <summary>A wire name of <see cref="AccountType"/>.</summary>
    public string? Type { get; init; }
    /// <summary>The name; empty means none.</summary>
    public string? AccountName { get; init; }
    /// <summary>The asset of the account's amounts unless they name another; empty means none.</summary>
    public string? DefaultAsset { get; init; }
    /// <summary>The metadata.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    /// <summary>The text of the request, a JSON object.</summary>
    public required string Raw { get; init; }
}

/// <summary>An account as it is recorded now, and the effect of the command.</summary>
public sealed record RecordedAccount(Account Account, RecordOutcome Outcome);

/// <summary>Records an account once. A report that repeats it changes nothing.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, and <see cref="ConflictException"/> if the report contradicts the recorded account.</remarks>
internal sealed class CreateAccountHandler(IAccountRepository accounts, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<CreateAccountCommand, RecordedAccount>
{
    public async Task<RecordedAccount> Handle(CreateAccountCommand request, CancellationToken cancellationToken)
    {
        var report = await ReadAsync(request, cancellationToken);
        if (await accounts.AddAsync(report, cancellationToken))
        {
            return new(report, RecordOutcome.Created);
        }

        // Accounts are never deleted.
        var recorded = (await accounts.FindAsync(report.Id, cancellationToken))!;
        recorded.EnsureSameAs(report);
        return new(recorded, RecordOutcome.Replayed);
    }

    private async Task<Account> ReadAsync(CreateAccountCommand request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        var reference = validation.Required<AccountReference>("reference", request.Reference);
        var connectorId = validation.Required<ConnectorId>("connectorID", request.ConnectorId);
        var createdAt = ProviderClock.ReadCreatedAt(request.CreatedAt, now, validation);
        var type = validation.RequiredName<AccountType>("type", request.Type);
        var name = validation.Optional<AccountName>("accountName", request.AccountName);
        var defaultAsset = validation.Optional<Asset>("defaultAsset", request.DefaultAsset);
        var metadata = Metadata.From(request.Metadata, "metadata", validation);
        await connectors.ValidateConnectorAsync(validation, connectorId, cancellationToken);
        return Account.Create(new AccountId(connectorId, reference), createdAt, type, name, defaultAsset, metadata, new RawJson(request.Raw), now);
    }
}
