using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Asks for one payment with all its adjustments.</summary>
public sealed record GetPaymentQuery(PaymentId Id) : IRequest<StoredPayment>;

/// <summary>Reads the payment; throws <see cref="NotFoundException"/> where there is none.</summary>
public sealed class GetPaymentHandler(IPaymentReader payments) : IRequestHandler<GetPaymentQuery, StoredPayment>
{
    /// <inheritdoc/>
    public async Task<StoredPayment> Handle(GetPaymentQuery request, CancellationToken cancellationToken) =>
        await payments.FindAsync(request.Id, cancellationToken) ?? throw new NotFoundException("No payment has this id.");
}
