namespace Payments.Application.Payments;

/// <summary>Edits the metadata of a payment, if it is in one of the versions; null for any version. A null value removes its key.</summary>
public sealed record UpdateMetadataCommand(
    PaymentId PaymentId, IReadOnlyDictionary<string, string?> Changes, IReadOnlyList<string>? ExpectedVersions = null) : IRequest<RecordedPayment>;

/// <summary>Merges the changes into the metadata, so that concurrent edits of different keys are all kept.</summary>
/// <remarks>Throws <see cref="NotFoundException"/>, <see cref="PreconditionFailedException"/> if the
/// payment is in another version, and the exceptions of <see cref="Payment.ChangeMetadata"/>.</remarks>
internal sealed class UpdateMetadataHandler(IPaymentRepository payments) : IRequestHandler<UpdateMetadataCommand, RecordedPayment>
{
    public Task<RecordedPayment> Handle(UpdateMetadataCommand request, CancellationToken cancellationToken) => payments.ChangeAsync(
        request.PaymentId, stored => stored.ChangeMetadata(request.Changes).IfExpected(stored, request.ExpectedVersions), cancellationToken);
}
