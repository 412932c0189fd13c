namespace Payments.Application.Payments;

/// <summary>Records an adjustment of a payment. The amount defaults to the payment's initial amount; REFUNDED and REFUNDED_FAILURE require it.</summary>
public sealed record AdjustPaymentCommand : AdjustmentReport, IPaymentReport
{
    /// <summary>The payment's id.</summary>
    public PaymentId PaymentId { get; init; } = null!;
    /// <summary>The versions of the payment that the adjustment may change; null for any version.</summary>
    public IReadOnlyList<string>? ExpectedVersions { get; init; }
    ConnectorId IPaymentReport.Connector => PaymentId.ConnectorId;
}

/// <summary>Records the adjustment once. A command that repeats it changes nothing.</summary>
/// <remarks>Throws <see cref="ValidationException"/>, <see cref="NotFoundException"/>, <see cref="PreconditionFailedException"/> if the payment is in
/// another version, and the exceptions of <see cref="Payment.Adjust"/>.</remarks>
internal sealed class AdjustPaymentHandler(IPaymentRepository payments, TimeProvider clock)
    : IRequestHandler<AdjustPaymentCommand, RecordedPayment>
{
    public Task<RecordedPayment> Handle(AdjustPaymentCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var reference = validation.Required<PaymentReference>("reference", request.Reference);
        var createdAt = ProviderClock.ReadCreatedAt(request.CreatedAt, clock.GetUtcNow(), validation);
        var status = validation.RequiredName<PaymentStatus>("status", request.Status);
        var amount = status is PaymentStatus.Refunded or PaymentStatus.RefundedFailure || request.Amount is not null
            ? validation.Required<MinorUnits>("amount", request.Amount)
            : (MinorUnits?)null;
        validation.ThrowIfInvalid();

        var raw = new RawJson(request.Raw!);
        return payments.ChangeAsync(
            request.PaymentId,
            stored => stored.Adjust(new(reference, createdAt, status, amount ?? stored.DefaultAmount(reference, createdAt, status), raw))
                .IfExpected(stored, request.ExpectedVersions),
            cancellationToken);
    }
}
