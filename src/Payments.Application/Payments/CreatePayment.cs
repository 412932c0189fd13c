namespace Payments.Application.Payments;

/// <summary>Records a provider's report of a payment.</summary>
public sealed record CreatePaymentCommand : PaymentReport;

/// <summary>Creates the payment from its first report. A later report adds an adjustment, fills in what was unknown, or changes nothing.</summary>
/// <remarks>Throws <see cref="ValidationException"/> and the exceptions of <see cref="Payment.ApplyReport"/>.</remarks>
internal sealed class CreatePaymentHandler(IPaymentRepository payments, IConnectorRepository connectors, TimeProvider clock)
    : IRequestHandler<CreatePaymentCommand, RecordedPayment>
{
    public async Task<RecordedPayment> Handle(CreatePaymentCommand request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var validation = new Validation();
        var values = request.Read(now, validation);
        await connectors.ValidateConnectorAsync(validation, values.Id.ConnectorId, cancellationToken);
        var adjustment = new PaymentAdjustment(values.Id.Reference, values.CreatedAt, values.Status, values.Amount, new RawJson(request.Raw!));
        var report = Payment.Create(values.Id, values.Details, values.Metadata, adjustment, now);
        return await payments.AddAsync(report, cancellationToken)
            ? new(report, RecordOutcome.Created)
            : await payments.ChangeAsync(report.Id, stored => stored.ApplyReport(report), cancellationToken);
    }
}
