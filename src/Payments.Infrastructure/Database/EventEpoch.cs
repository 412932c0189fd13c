using System.Security.Cryptography;

namespace Payments.Infrastructure.Database;

/// <summary>The epoch of the event record. A restored database begins a new one, because readers may have seen events that it does not have.</summary>
public sealed class EventEpoch
{
    private readonly IDatabase _database;

    internal EventEpoch(IDatabase database) => _database = database;

    /// <summary>Begins a new epoch, and returns it.</summary>
    /// <exception cref="Domain.UnavailableException">The database did not respond.</exception>
    public async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        var epoch = New();
        await _database.WriteAsync(EpochSql.Begin, new { Epoch = epoch }, cancellationToken);
        return epoch;
    }

    internal static string New() => RandomNumberGenerator.GetHexString(8, lowercase: true);
}

internal static class EpochSql
{
    public const string Begin = "UPDATE event_record SET epoch = @Epoch;";
}
