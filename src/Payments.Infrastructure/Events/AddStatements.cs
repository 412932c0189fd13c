using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Events;

/// <summary>Adds what a connector reported, so that the database's keys decide every race.</summary>
internal static class AddStatements
{
    /// <summary>Runs statements that write nothing if the connector is not installed; false if the key already exists.</summary>
    /// <exception cref="ValidationException">The connector is not installed.</exception>
    public static async Task<bool> AddAsync(this EventWriter events, string statements, object parameters, RecordedChange change, CancellationToken cancellationToken)
    {
        try
        {
            return await events.WriteAsync(statements, parameters, change, cancellationToken) > 0 ? true : throw new ValidationException([Connector.NotInstalled]);
        }
        catch (DuplicateKeyException)
        {
            return false;
        }
        catch (ForeignKeyException)
        {
            throw new ValidationException([Connector.NotInstalled]);
        }
    }
}
