using MediatR;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Connectors;

/// <summary>Installs a connector of a provider under a name.</summary>
/// <param name="Provider">The provider in either of its forms, in any case.</param>
/// <param name="Name">The name, unique within the provider, ignoring case.</param>
/// <param name="Id">The id it has in another installation, to bring its payments over; null or empty for a new one.</param>
public sealed record InstallConnectorCommand(string Provider, string? Name, string? Id = null) : IRequest<Connector>;

/// <summary>Gives a connector its identity and stores it; one that brings its identity along is installed once.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/>, or <see cref="ConflictException"/> where the provider has another connector of that name, or
/// one of that id under another name.
/// </remarks>
public sealed class InstallConnectorHandler(IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<InstallConnectorCommand, Connector>
{
    /// <inheritdoc/>
    public async Task<Connector> Handle(InstallConnectorCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var provider = validation.Required<Provider>("provider", request.Provider);
        var name = validation.Required<ConnectorName>("name", request.Name);
        var id = validation.Optional<ConnectorId>("connectorID", request.Id);
        if (id is not null && provider is not null && id.Provider != provider)
        {
            validation.Add("connectorID", $"must be the id of a connector of {provider.ContractName}");
        }

        validation.ThrowIfInvalid();

        var connector = new Connector(id ?? new ConnectorId(provider!, Guid.NewGuid()), name, new Instant(clock.GetUtcNow()));
        if (await connectors.AddAsync(connector, cancellationToken))
        {
            return connector;
        }

        // Also where no id was given: the store may have taken it at a first attempt whose end it did not see.
        var stored = (await connectors.ListAsync(cancellationToken)).FirstOrDefault(installed => installed.Id == connector.Id);
        return stored is null
            ? throw new ConflictException(
                $"{provider!.ContractName} already has a connector with this name.",
                [new("name", "must be unique within the provider, ignoring case")])
            : stored.Name.Key == name.Key
                ? stored
                : throw new ConflictException("The connector is already installed under another name.", [new("name", $"must be {stored.Name}, the name under which the connector is installed")]);
    }
}
