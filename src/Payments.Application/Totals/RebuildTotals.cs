namespace Payments.Application.Totals;

/// <summary>Clears the totals and counts all events again, up to the one that is the last when it begins. Services can count at the same time.</summary>
/// <param name="Progress">Called with the position that is reached and the last position.</param>
public sealed record RebuildTotalsCommand(Action<long, long> Progress) : IRequest<long>;

/// <summary>Returns the position that is reached.</summary>
internal sealed class RebuildTotalsHandler(IPaymentTotals totals) : IRequestHandler<RebuildTotalsCommand, long>
{
    public async Task<long> Handle(RebuildTotalsCommand request, CancellationToken cancellationToken)
    {
        await totals.ClearAsync(cancellationToken);
        var progress = await totals.AdvanceAsync(cancellationToken);
        var last = progress.LastPosition;
        while (progress.Position < last)
        {
            request.Progress(Math.Max(progress.Position, 0), last);
            progress = await totals.AdvanceAsync(cancellationToken);
        }

        return progress.Position;
    }
}
