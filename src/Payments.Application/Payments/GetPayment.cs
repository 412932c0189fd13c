namespace Payments.Application.Payments;

/// <summary>Requests a payment with its history.</summary>
public sealed record GetPaymentQuery(PaymentId Id) : IRequest<StoredPayment>;

/// <summary>Returns the payment. Throws <see cref="NotFoundException"/> if it does not exist.</summary>
internal sealed class GetPaymentHandler(IPaymentReader payments) : IRequestHandler<GetPaymentQuery, StoredPayment>
{
    public async Task<StoredPayment> Handle(GetPaymentQuery request, CancellationToken cancellationToken) =>
        await payments.FindAsync(request.Id, cancellationToken) ?? throw new NotFoundException("No payment has this id.");
}
