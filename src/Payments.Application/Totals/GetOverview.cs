namespace Payments.Application.Totals;

/// <summary>Requests the totals of an asset and a type in a window of UTC days, both included.</summary>
public sealed record GetOverviewQuery(Asset Asset, PaymentType Type, DateOnly FirstDay, DateOnly LastDay) : IRequest<Overview>;

internal sealed class GetOverviewHandler(IPaymentTotals totals) : IRequestHandler<GetOverviewQuery, Overview>
{
    public Task<Overview> Handle(GetOverviewQuery request, CancellationToken cancellationToken) =>
        totals.ReadAsync(request.Asset, request.Type, request.FirstDay, request.LastDay, cancellationToken);
}
