using MediatR;
using Payments.Domain;
using Payments.Domain.Connectors;

namespace Payments.Application.Connectors;

/// <summary>Uninstalls a connector that nothing has come through.</summary>
/// <param name="Provider">Its provider in either of its forms, in any case.</param>
/// <param name="Id">The connector.</param>
public sealed record UninstallConnectorCommand(string Provider, ConnectorId Id) : IRequest<Unit>;

/// <summary>Removes the connector; its past is never deleted, so one that has any stays.</summary>
/// <remarks>
/// Throws <see cref="NotFoundException"/> where the provider has no such connector, <see cref="ConflictException"/> where payments or
/// accounts came through it, and <see cref="UnavailableException"/>; none of them changes anything.
/// </remarks>
public sealed class UninstallConnectorHandler(IConnectorRepository connectors) : IRequestHandler<UninstallConnectorCommand, Unit>
{
    /// <inheritdoc/>
    public async Task<Unit> Handle(UninstallConnectorCommand request, CancellationToken cancellationToken)
    {
        var outcome = Provider.TryParse(request.Provider, out var provider) && provider == request.Id.Provider
            ? await connectors.RemoveAsync(request.Id, cancellationToken)
            : RemoveOutcome.NotInstalled;
        return outcome switch
        {
            RemoveOutcome.Removed => Unit.Value,
            RemoveOutcome.NotInstalled => throw new NotFoundException("The provider has no connector with this id."),
            _ => throw new ConflictException(
                "The connector has payments or accounts, which are never deleted.",
                [new("connectorID", "must be the id of a connector without payments and accounts")]),
        };
    }
}
