using System.Runtime.CompilerServices;

namespace Payments.Application.Payments;

/// <summary>Requests all payments of a list.</summary>
/// <param name="List">The query for the first page of the list.</param>
/// <param name="After">The last payment of an interrupted export, to resume after it; null to start at the beginning.</param>
/// <param name="AfterCreatedAt">The createdAt of that payment in the interrupted export. Required if its createdAt has ever changed.</param>
public sealed record ExportPaymentsQuery(ListPaymentsQuery List, PaymentId? After, Instant? AfterCreatedAt = null) : IRequest<IAsyncEnumerable<IReadOnlyList<Range>>>;

/// <summary>Reads the list page by page, so that a slow reader keeps no connection and no transaction open. The buffer can be cleared before the
/// next page.</summary>
/// <remarks>Throws <see cref="ValidationException"/> if the payment to resume after does not exist, <see cref="ConflictException"/>
/// if <see cref="ExportPaymentsQuery.AfterCreatedAt"/> is required and missing, and <see cref="UnavailableException"/> if the
/// database did not respond. Only the last one can also be thrown during the enumeration.</remarks>
internal sealed class ExportPaymentsHandler(IPaymentReader payments) : IRequestHandler<ExportPaymentsQuery, IAsyncEnumerable<IReadOnlyList<Range>>>
{
    public async Task<IAsyncEnumerable<IReadOnlyList<Range>>> Handle(ExportPaymentsQuery request, CancellationToken cancellationToken)
    {
        var (filter, first, write) = request.List;
        if (request.After is { } after)
        {
            var position = await payments.FindPositionAsync(after, cancellationToken)
                ?? throw new ValidationException([new("after", "must be the id of a payment that is stored here")]);
            if (position.HasMoved && request.AfterCreatedAt is null)
            {
                throw new ConflictException(
                    "An earlier event of the payment arrived later, so the payment moved to an earlier place in the list.",
                    [new("afterCreatedAt", "must be the createdAt of the last complete line of the interrupted export")]);
            }

            first = first with { Position = position.Position with { CreatedAt = request.AfterCreatedAt ?? position.Position.CreatedAt } };
        }

        return ReadAsync(request.List, await payments.ListAsync(filter, first, write, cancellationToken), cancellationToken);
    }

    private async IAsyncEnumerable<IReadOnlyList<Range>> ReadAsync(
        ListPaymentsQuery list, Page<Range> page, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            yield return page.Items;
            if (page.Next is null)
            {
                yield break;
            }

            page = await payments.ListAsync(list.Filter, page.Next, list.Write, cancellationToken);
        }
    }
}
