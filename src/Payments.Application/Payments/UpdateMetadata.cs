using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Changes some of a payment's metadata.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="Changes">The values by their keys; a key without a value is taken out.</param>
/// <param name="Expected">Whether a version of the payment is one that the caller has seen; null where any will do.</param>
public sealed record UpdateMetadataCommand(
    PaymentId PaymentId, IReadOnlyDictionary<string, string?> Changes, Func<string, bool>? Expected = null) : IRequest<RecordedPayment>;

/// <summary>Merges the changes into what is stored at that moment, so that of two changes at once neither is lost.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> where a limit is broken after merging, <see cref="NotFoundException"/>,
/// <see cref="PreconditionFailedException"/> and <see cref="UnavailableException"/>; none of them changes anything.
/// </remarks>
public sealed class UpdateMetadataHandler(IPaymentRepository payments) : IRequestHandler<UpdateMetadataCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public Task<RecordedPayment> Handle(UpdateMetadataCommand request, CancellationToken cancellationToken) => payments.ChangeAsync(
        request.PaymentId,
        stored =>
        {
            // What is as it should be is no reason to refuse, even if it is another version: this request may have made it so, and its answer
            // been lost. RFC 9110, 13.1.1.
            var changed = stored.ChangeMetadata(request.Changes);
            return changed is null || request.Expected is null || request.Expected(stored.Version)
                ? changed
                : throw new PreconditionFailedException("The payment is no longer as If-Match says; read it again.");
        },
        payments.SaveMetadataAsync,
        cancellationToken);
}
