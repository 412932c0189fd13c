namespace Payments.Application.Payments;

/// <summary>Requests a page of the payments that a filter matches.</summary>
public sealed record ListPaymentsQuery(PaymentFilter Filter, PageRequest Page) : IRequest<Page<StoredPayment>>;

internal sealed class ListPaymentsHandler(IPaymentReader payments) : IRequestHandler<ListPaymentsQuery, Page<StoredPayment>>
{
    public Task<Page<StoredPayment>> Handle(ListPaymentsQuery request, CancellationToken cancellationToken) =>
        payments.ListAsync(request.Filter, request.Page, cancellationToken);
}
