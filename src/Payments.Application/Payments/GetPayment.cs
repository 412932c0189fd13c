namespace Payments.Application.Payments;

/// <summary>Requests a payment with its history.</summary>
public sealed record GetPaymentQuery(PaymentId Id) : IRequest<Payment>;

/// <summary>Returns the payment. Throws <see cref="NotFoundException"/> if it does not exist.</summary>
public sealed class GetPaymentHandler(IPaymentRepository payments) : IRequestHandler<GetPaymentQuery, Payment>
{
    /// <inheritdoc/>
    public async Task<Payment> Handle(GetPaymentQuery request, CancellationToken cancellationToken) =>
        await payments.FindAsync(request.Id, cancellationToken) ?? throw new NotFoundException("No payment has this id.");
}
