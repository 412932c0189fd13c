using System.Runtime.CompilerServices;
using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Asks for all payments of a list, from its beginning or from behind one of them.</summary>
/// <param name="List">The list, as its first page is asked for.</param>
/// <param name="After">The payment to go on behind; null at the list's beginning.</param>
public sealed record ExportPaymentsQuery(ListPaymentsQuery List, PaymentId? After) : IRequest<IAsyncEnumerable<Payment>>;

/// <summary>Walks the pages of the list one by one, so that nothing is held open between them, however slow the reader is.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> where there is no payment to go on behind, and <see cref="UnavailableException"/>, of the first
/// page before anything is answered, of a later one in the midst of the walk.
/// </remarks>
public sealed class ExportPaymentsHandler(IPaymentRepository payments, IRequestHandler<ListPaymentsQuery, Page<Payment>> pages)
    : IRequestHandler<ExportPaymentsQuery, IAsyncEnumerable<Payment>>
{
    /// <inheritdoc/>
    public async Task<IAsyncEnumerable<Payment>> Handle(ExportPaymentsQuery request, CancellationToken cancellationToken)
    {
        var list = request.List;
        if (request.After is { } after)
        {
            var position = await payments.FindPositionAsync(after, cancellationToken)
                ?? throw new ValidationException([new("after", "must be the id of a payment that is stored here")]);
            list = list with { Page = list.Page with { Position = position } };
        }

        return WalkAsync(list, await pages.Handle(list, cancellationToken), cancellationToken);
    }

    private async IAsyncEnumerable<Payment> WalkAsync(
        ListPaymentsQuery list, Page<Payment> page, [EnumeratorCancellation] CancellationToken cancellationToken)
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

            page = await pages.Handle(list with { Page = page.Next }, cancellationToken);
        }
    }
}
