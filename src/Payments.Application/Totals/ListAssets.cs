namespace Payments.Application.Totals;

/// <summary>Requests the assets and types of all payments, the most used first.</summary>
public sealed record ListAssetsQuery : IRequest<IReadOnlyList<AssetTotal>>;

internal sealed class ListAssetsHandler(IPaymentTotals totals) : IRequestHandler<ListAssetsQuery, IReadOnlyList<AssetTotal>>
{
    public async Task<IReadOnlyList<AssetTotal>> Handle(ListAssetsQuery request, CancellationToken cancellationToken) =>
    [
        .. (await totals.ListAssetsAsync(cancellationToken))
            .GroupBy(total => total.Asset)
            .OrderByDescending(asset => asset.Sum(total => total.Count)).ThenBy(asset => asset.Key.Code, StringComparer.Ordinal)
            .SelectMany(asset => asset.OrderByDescending(total => total.Count).ThenBy(total => total.Type)),
    ];
}
