namespace Payments.Application.Payments;

/// <summary>Fills in details of a payment that another event of its provider knows.</summary>
/// <param name="PaymentId">The payment's id.</param>
/// <param name="Scheme">The scheme; <see cref="PaymentScheme.Unknown"/> if the event does not know it.</param>
/// <param name="Metadata">The entries of the provider's mapping.</param>
public sealed record FillPaymentDetailsCommand(PaymentId PaymentId, PaymentScheme Scheme, IReadOnlyDictionary<string, string> Metadata)
    : IRequest<RecordedPayment>;

/// <summary>Fills in what is unknown and changes nothing else, so it never conflicts.</summary>
/// <remarks>Throws <see cref="ValidationException"/> and <see cref="NotFoundException"/>.</remarks>
internal sealed class FillPaymentDetailsHandler(IPaymentRepository payments) : IRequestHandler<FillPaymentDetailsCommand, RecordedPayment>
{
    public Task<RecordedPayment> Handle(FillPaymentDetailsCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var metadata = Metadata.From(request.Metadata, "metadata", validation);
        validation.ThrowIfInvalid();
        return payments.ChangeAsync(request.PaymentId, stored => stored.FillDetails(request.Scheme, metadata), cancellationToken);
    }
}
