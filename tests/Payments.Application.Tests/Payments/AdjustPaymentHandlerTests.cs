using Microsoft.Extensions.Time.Testing;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AdjustPaymentHandlerTests
{
    private readonly InMemoryPayments _payments = new() { Stored = Sample.Payment(reference: "ref-001") };

    private static AdjustPaymentCommand Command =>
        new() { PaymentId = Sample.Value<PaymentId>(Sample.PaymentId), Reference = "capture", CreatedAt = "2024-05-01T12:00:01Z", Status = "SUCCEEDED", Raw = "{}" };

    [Test]
    public async Task Handle_NoAmount_UsesInitialAmount()
    {
        var changed = await HandleAsync(Command);
        Assert.Multiple(() =>
        {
            Assert.That(changed.Outcome, Is.EqualTo(RecordOutcome.Adjusted));
            Assert.That(changed.Payment.LastAdjustment.Amount.ToString(), Is.EqualTo("100"));
            Assert.That(changed.Payment.Status, Is.EqualTo(PaymentStatus.Succeeded));
        });
    }

    [Test]
    public async Task Handle_RefundWithoutAmount_ThrowsNamingAmount() =>
        Assert.That(await FieldsAsync(Command with { Status = "REFUNDED" }), Is.EqualTo((string[])["amount"]));

    [Test]
    public async Task Handle_EveryValueInvalid_NamesEachField() => Assert.That(
        await FieldsAsync(Command with { Reference = "", CreatedAt = "2024-05-01T12:05:01Z", Status = "x", Amount = "-1" }),
        Is.EqualTo((string[])["reference", "createdAt", "status", "amount"]));

    [Test]
    public async Task Handle_UnknownPayment_ThrowsNotFound()
    {
        _payments.Stored = null;
        await Assert.ThrowsAsync<NotFoundException>(() => HandleAsync(Command));
    }

    [Test]
    public async Task Handle_OtherVersion_ThrowsAndChangesNothingExceptForARepetition()
    {
        await Assert.ThrowsAsync<PreconditionFailedException>(() => HandleAsync(Command with { ExpectedVersions = ["1"] }));
        Assert.That(_payments.Stored!.AdjustmentCount, Is.EqualTo(1));

        await HandleAsync(Command with { ExpectedVersions = ["0"] });
        var repeated = await HandleAsync(Command with { ExpectedVersions = ["0"] });
        Assert.That((repeated.Outcome, repeated.Payment.Version), Is.EqualTo((RecordOutcome.Replayed, "1")));
    }

    private Task<RecordedPayment> HandleAsync(AdjustPaymentCommand command) =>
        new AdjustPaymentHandler(_payments, new FakeTimeProvider(Sample.Now)).Handle(command, default);

    private async Task<string[]> FieldsAsync(AdjustPaymentCommand command)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        return [.. invalid!.Errors.Select(error => error.Field)];
    }
}
