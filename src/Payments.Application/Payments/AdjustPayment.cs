using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>A further step of a payment's life, each value as it came over the wire; null is what was not given.</summary>
public sealed record AdjustPaymentCommand : IRequest<RecordedPayment>
{
    /// <summary>The payment.</summary>
    public PaymentId PaymentId { get; init; } = null!;

    /// <summary>The provider's reference of the step.</summary>
    public string? Reference { get; init; }

    /// <summary>RFC 3339 with an offset.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>A wire name of <see cref="PaymentStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>The digits of the amount, in minor units; the payment's initial amount where it is left out, which a refund may not do.</summary>
    public string? Amount { get; init; }

    /// <summary>The text of the provider's own JSON object.</summary>
    public required string Raw { get; init; }
}

/// <summary>Adds the step once; the same step again changes nothing.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/>, <see cref="NotFoundException"/>, <see cref="ConflictException"/> where the step contradicts
/// what is stored or refunds more than is left, and <see cref="UnavailableException"/>; none of them changes anything.
/// </remarks>
public sealed class AdjustPaymentHandler(IPaymentRepository payments, TimeProvider clock)
    : IRequestHandler<AdjustPaymentCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public Task<RecordedPayment> Handle(AdjustPaymentCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var reference = validation.Required<PaymentReference>("reference", request.Reference);
        var createdAt = ProviderClock.ReadCreatedAt(request.CreatedAt, clock.GetUtcNow(), validation);
        var status = validation.RequiredName<PaymentStatus>("status", request.Status);
        var amount = status == PaymentStatus.Refunded || request.Amount is not null
            ? validation.Required<MinorUnits>("amount", request.Amount)
            : (MinorUnits?)null;
        validation.ThrowIfInvalid();

        var raw = new RawJson(request.Raw);
        return PaymentMetrics.CountChangeAsync(request.PaymentId, payments.ChangeAsync(
            request.PaymentId,
            stored => stored.Adjust(new(reference, createdAt, status, amount ?? stored.InitialAmount, raw)),
            (_, changed, token) => payments.AppendAsync(changed, token),
            cancellationToken));
    }
}
