using MediatR;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Asks for a page of payments.</summary>
public sealed record ListPaymentsQuery(PageRequest Page) : IRequest<PaymentPage>;

/// <summary>Reads the page.</summary>
public sealed class ListPaymentsHandler(IPaymentRepository payments) : IRequestHandler<ListPaymentsQuery, PaymentPage>
{
    /// <inheritdoc/>
    public Task<PaymentPage> Handle(ListPaymentsQuery request, CancellationToken cancellationToken) =>
        payments.ListAsync(request.Page, cancellationToken);
}
