using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Asks for one payment with all its adjustments.</summary>
public sealed record GetPaymentQuery(PaymentId Id) : IRequest<Payment>;

/// <summary>Reads the payment; throws <see cref="NotFoundException"/> where there is none.</summary>
public sealed class GetPaymentHandler(IPaymentRepository payments) : IRequestHandler<GetPaymentQuery, Payment>
{
    /// <inheritdoc/>
    public async Task<Payment> Handle(GetPaymentQuery request, CancellationToken cancellationToken) =>
        await payments.FindAsync(request.Id, cancellationToken) ?? throw new NotFoundException("No payment has this id.");
}
