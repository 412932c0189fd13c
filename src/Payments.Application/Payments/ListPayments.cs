namespace Payments.Application.Payments;

/// <summary>Requests a page of the payments that a filter matches.</summary>
public sealed record ListPaymentsQuery(PaymentFilter Filter, PageRequest Page) : IRequest<Page<Payment>>;

/// <summary>Returns the page.</summary>
public sealed class ListPaymentsHandler(IPaymentRepository payments) : IRequestHandler<ListPaymentsQuery, Page<Payment>>
{
    /// <inheritdoc/>
    public Task<Page<Payment>> Handle(ListPaymentsQuery request, CancellationToken cancellationToken) =>
        payments.ListAsync(request.Filter, request.Page, cancellationToken);
}
