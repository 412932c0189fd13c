namespace Payments.Application.Payments;

/// <summary>Requests a page of the payments that a filter matches.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="Page">The page.</param>
/// <param name="Write">Writes a payment to the buffer of the response and returns its place there. See <see cref="IPaymentReader.ListAsync"/>.</param>
public sealed record ListPaymentsQuery(PaymentFilter Filter, PageRequest Page, Func<StoredPayment, Range> Write) : IRequest<Page<Range>>;

internal sealed class ListPaymentsHandler(IPaymentReader payments) : IRequestHandler<ListPaymentsQuery, Page<Range>>
{
    public Task<Page<Range>> Handle(ListPaymentsQuery request, CancellationToken cancellationToken) =>
        payments.ListAsync(request.Filter, request.Page, request.Write, cancellationToken);
}
