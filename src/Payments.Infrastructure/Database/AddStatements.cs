using Payments.Domain;

namespace Payments.Infrastructure.Database;

/// <summary>How what comes through a connector is added, so that the keys decide every race.</summary>
internal static class AddStatements
{
    /// <summary>Runs statements that write nothing where the connector is not installed.</summary>
    public static async Task<AddOutcome> AddAsync(this IDatabase database, string statements, object parameters, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(statements, parameters, cancellationToken) > 0 ? AddOutcome.Added : AddOutcome.ConnectorNotInstalled;
        }
        catch (DuplicateKeyException)
        {
            return AddOutcome.AlreadyThere;
        }
        catch (ForeignKeyException)
        {
            // It was uninstalled after the statement had looked it up or, of a payment, was never there.
            return AddOutcome.ConnectorNotInstalled;
        }
    }
}
