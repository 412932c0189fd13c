using MediatR;
using Payments.Application.Connectors;
using Payments.Domain;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;

namespace Payments.Application.Accounts;

/// <summary>A report of a provider's account, each value as it came over the wire; null is what was not given.</summary>
public sealed record CreateAccountCommand : IRequest<RecordedAccount>
{
    /// <summary>The provider's reference.</summary>
    public string? Reference { get; init; }

    /// <summary>The id of the connector it came through.</summary>
    public string? ConnectorId { get; init; }

    /// <summary>RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>A wire name of <see cref="AccountType"/>.</summary>
    public string? Type { get; init; }

    /// <summary>What it is called; empty is the same as none.</summary>
    public string? AccountName { get; init; }

    /// <summary>What its amounts are of unless they say otherwise; empty is the same as none.</summary>
    public string? DefaultAsset { get; init; }

    /// <summary>The company's own facts.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The text of the request itself, a JSON object.</summary>
    public required string Raw { get; init; }
}

/// <summary>An account as it is stored now, and what the command changed.</summary>
public sealed record RecordedAccount(Account Account, RecordOutcome Outcome);

/// <summary>Records an account once; a repetition changes nothing.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> naming every broken rule, <see cref="ConflictException"/> if the report contradicts the stored
/// account, and <see cref="UnavailableException"/> if the database did not respond. None of them changes anything.
/// </remarks>
public sealed class CreateAccountHandler(IAccountRepository accounts, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<CreateAccountCommand, RecordedAccount>
{
    /// <inheritdoc/>
    public async Task<RecordedAccount> Handle(CreateAccountCommand request, CancellationToken cancellationToken)
    {
        var report = await ReadAsync(request, cancellationToken);
        if (await accounts.AddAsync(report, cancellationToken))
        {
            return new(report, RecordOutcome.Created);
        }

        // An account is never deleted.
        var stored = (await accounts.FindAsync(report.Id, cancellationToken))!;
        stored.EnsureSameAs(report);
        return new(stored, RecordOutcome.Replayed);
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
        return Account.Create(
            new AccountId(connectorId, reference), createdAt, type, name, defaultAsset, metadata, new RawJson(request.Raw), now);
    }
}
