using MediatR;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Payments;

/// <summary>Changes some of a payment's metadata.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="Changes">The new values by key; a null value removes the key.</param>
/// <param name="ExpectedVersions">The versions of the payment that may be changed; null for any version.</param>
public sealed record UpdateMetadataCommand(
    PaymentId PaymentId, IReadOnlyDictionary<string, string?> Changes, IReadOnlyList<string>? ExpectedVersions = null) : IRequest<RecordedPayment>;

/// <summary>Merges the changes into the stored metadata, so that concurrent changes are all kept.</summary>
/// <remarks>
/// Throws <see cref="ValidationException"/> if a limit is broken after merging, <see cref="NotFoundException"/>,
/// <see cref="PreconditionFailedException"/> and <see cref="UnavailableException"/>. None of them changes anything.
/// </remarks>
public sealed class UpdateMetadataHandler(IPaymentRepository payments) : IRequestHandler<UpdateMetadataCommand, RecordedPayment>
{
    /// <inheritdoc/>
    public Task<RecordedPayment> Handle(UpdateMetadataCommand request, CancellationToken cancellationToken) => payments.ChangeAsync(
        request.PaymentId,
        stored =>
        {
            // Metadata that is already as requested passes in any version: an earlier attempt of this request may have changed it and its
            // response may have been lost (RFC 9110, section 13.1.1).
            var changed = stored.ChangeMetadata(request.Changes);
            return changed is null || request.ExpectedVersions?.Contains(stored.Version) is not false
                ? changed
                : throw new PreconditionFailedException("The payment has changed since the expected version. Read it again.");
        },
        cancellationToken);
}
