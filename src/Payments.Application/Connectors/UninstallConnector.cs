namespace Payments.Application.Connectors;

/// <summary>Uninstalls a connector that has no payments and no accounts. The provider can be in either form.</summary>
public sealed record UninstallConnectorCommand(string Provider, ConnectorId Id) : IRequest<Unit>;

/// <summary>Removes the connector. Payments and accounts are never deleted, so a connector that has any is not removed.</summary>
/// <remarks>Throws <see cref="NotFoundException"/>, and <see cref="ConflictException"/> if the connector has payments or accounts.</remarks>
internal sealed class UninstallConnectorHandler(IConnectorRepository connectors) : IRequestHandler<UninstallConnectorCommand, Unit>
{
    public async Task<Unit> Handle(UninstallConnectorCommand request, CancellationToken cancellationToken)
    {
        var outcome = request.Id.IsOf(request.Provider)
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
