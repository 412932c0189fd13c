using MediatR;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Connectors;

/// <summary>Installs a connector of a provider under a name.</summary>
/// <param name="Provider">The provider in either of its forms, in any case.</param>
/// <param name="Name">The name, unique within the provider, ignoring case.</param>
public sealed record InstallConnectorCommand(string Provider, string? Name) : IRequest<Connector>;

/// <summary>Gives a connector its identity and stores it.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/>, or <see cref="ConflictException"/> where the provider has a connector of that name.
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
        validation.ThrowIfBroken();

        var connector = new Connector(new ConnectorId(provider, Guid.NewGuid()), name, new Instant(clock.GetUtcNow()));
        return await connectors.AddAsync(connector, cancellationToken)
            ? connector
            : throw new ConflictException(
                $"{provider.ContractName} has a connector of this name already.",
                [new("name", "must be unique within the provider, ignoring case")]);
    }
}
