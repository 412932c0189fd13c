namespace Payments.Infrastructure.Database;

/// <summary>Adds what a connector reported, so that the database's keys decide every race.</summary>
internal static class AddStatements
{
    /// <summary>Runs statements that write nothing if the connector is not installed; false if the key already exists.</summary>
    /// <exception cref="ValidationException">The connector is not installed.</exception>
    public static async Task<bool> AddAsync(this IDatabase database, string statements, object parameters, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(statements, parameters, cancellationToken) > 0 ? true : throw new ValidationException([Connector.NotInstalled]);
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
