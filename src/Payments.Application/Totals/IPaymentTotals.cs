namespace Payments.Application.Totals;

/// <summary>The totals of all payments, computed from the event record. They are right up to a position of the record.</summary>
/// <remarks>Every method throws <see cref="UnavailableException"/> if the database did not respond.</remarks>
public interface IPaymentTotals
{
    /// <summary>Counts the next events of the record. If several instances do this at the same time, one of them counts an event and the others change nothing.</summary>
    Task<TotalsProgress> AdvanceAsync(CancellationToken cancellationToken);

    /// <summary>Begins to remove all totals, which <see cref="AdvanceAsync"/> ends before it counts the record from its beginning.</summary>
    Task ClearAsync(CancellationToken cancellationToken);

    /// <summary>Returns the assets and types of all payments.</summary>
    Task<IReadOnlyList<AssetTotal>> ListAssetsAsync(CancellationToken cancellationToken);

    /// <summary>Returns the totals of the payments whose createdAt is on one of the days.</summary>
    Task<Overview> ReadAsync(Asset asset, PaymentType type, DateOnly firstDay, DateOnly lastDay, CancellationToken cancellationToken);
}

/// <summary>How far the record is counted.</summary>
/// <param name="Position">The position of the last event that is counted; -1 while earlier totals are removed.</param>
/// <param name="LastPosition">The position of the last event of the record.</param>
/// <param name="OldestAt">The time of the first event that is not counted; null if all are counted.</param>
/// <param name="LostRace">Whether another instance counted the events first.</param>
public sealed record TotalsProgress(long Position, long LastPosition, DateTimeOffset? OldestAt, bool LostRace);

/// <summary>How many payments of an asset and a type there are.</summary>
public sealed record AssetTotal(Asset Asset, PaymentType Type, long Count);

/// <summary>The totals of one asset and type in a window of days. A day, a connector or a scheme without payments is left out.</summary>
/// <param name="All">The totals of the window.</param>
/// <param name="Earlier">The totals of as many days before the window.</param>
/// <param name="Days">The totals by UTC day of createdAt, oldest first.</param>
/// <param name="Connectors">The totals by connector, largest volume first.</param>
/// <param name="Schemes">The totals by scheme, largest volume first.</param>
/// <param name="Position">The position of the last event that is counted.</param>
/// <param name="LastPosition">The position of the last event of the record.</param>
public sealed record Overview(
    StatusTotals All,
    StatusTotals Earlier,
    IReadOnlyList<GroupTotals<DateOnly>> Days,
    IReadOnlyList<GroupTotals<Connector>> Connectors,
    IReadOnlyList<GroupTotals<PaymentScheme>> Schemes,
    long Position,
    long LastPosition)
{
    /// <summary>The totals by provider, largest volume first.</summary>
    public IReadOnlyList<GroupTotals<Provider>> Providers { get; } = [.. Connectors
        .GroupBy(connector => connector.Key.Id.Provider, (provider, connectors) => GroupTotals<Provider>.Of(provider, connectors.Select(connector => connector.Totals)))
        .OrderByDescending(provider => provider.Totals.Volume.InitialAmount)];
}

/// <summary>The totals of the payments of one day, connector, provider or scheme.</summary>
public sealed record GroupTotals<TKey>(TKey Key, StatusTotals Totals)
{
    /// <summary>The sum of some totals.</summary>
    public static GroupTotals<TKey> Of(TKey key, IEnumerable<StatusTotals> parts)
    {
        var totals = new StatusTotals();
        foreach (var part in parts)
        {
            foreach (var status in part.Statuses)
            {
                totals.Add(status, part[status]);
            }
        }

        return new(key, totals);
    }
}
