using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Asks for a page of the payments that a filter lets through.</summary>
public sealed record ListPaymentsQuery(PaymentFilter Filter, PageRequest Page) : IRequest<Page<StoredPayment>>;

/// <summary>Reads the page.</summary>
public sealed class ListPaymentsHandler(IPaymentReader payments) : IRequestHandler<ListPaymentsQuery, Page<StoredPayment>>
{
    /// <inheritdoc/>
    public Task<Page<StoredPayment>> Handle(ListPaymentsQuery request, CancellationToken cancellationToken) =>
        payments.ListAsync(request.Filter, request.Page, cancellationToken);
}
