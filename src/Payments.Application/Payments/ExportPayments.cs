using System.Runtime.CompilerServices;
using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Asks for all payments of a list.</summary>
/// <param name="List">The list, described by its first page.</param>
/// <param name="After">The payment to resume after; null to start at the beginning.</param>
/// <param name="AfterCreatedAt">The createdAt that this payment had in the interrupted export; null if it has never changed.</param>
public sealed record ExportPaymentsQuery(ListPaymentsQuery List, PaymentId? After, Instant? AfterCreatedAt = null) : IRequest<IAsyncEnumerable<StoredPayment>>;

/// <summary>Reads the list page by page, so that nothing stays open between pages, however slow the reader is.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> if the payment to resume after does not exist, <see cref="ConflictException"/> if its date has
/// changed and <see cref="ExportPaymentsQuery.AfterCreatedAt"/> is missing, and <see cref="UnavailableException"/>: for the first page
/// before anything is returned, for later pages during the enumeration.
/// </remarks>
public sealed class ExportPaymentsHandler(IPaymentReader payments) : IRequestHandler<ExportPaymentsQuery, IAsyncEnumerable<StoredPayment>>
{
    /// <inheritdoc/>
    public async Task<IAsyncEnumerable<StoredPayment>> Handle(ExportPaymentsQuery request, CancellationToken cancellationToken)
    {
        var (filter, first) = request.List;
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

        return ReadAsync(filter, await payments.ListAsync(filter, first, cancellationToken), cancellationToken);
    }

    private async IAsyncEnumerable<StoredPayment> ReadAsync(
        PaymentFilter filter, Page<StoredPayment> page, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach (var payment in page.Items)
            {
                yield return payment;
            }

            if (page.Next is null)
            {
                yield break;
            }

            page = await payments.ListAsync(filter, page.Next, cancellationToken);
        }
    }
}
