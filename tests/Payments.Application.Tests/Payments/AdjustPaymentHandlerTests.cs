using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

public sealed class AdjustPaymentHandlerTests
{
    private readonly Mock<IPaymentRepository> _payments = new(MockBehavior.Strict);

    private Payment _stored = null!;

    [SetUp]
    public async Task StoreAsync()
    {
        _payments.Reset();
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), default)).ReturnsAsync(true);
        var create = new CreatePaymentHandler(_payments.Object, Mock.Of<IConnectorRepository>(), new FakeTimeProvider(Sample.Now));
        _stored = (await create.Handle(
            new CreatePaymentCommand
            {
                Reference = "ref-001",
                ConnectorId = Sample.ConnectorId,
                CreatedAt = "2024-05-01T12:00:00Z",
                Amount = "100",
                Type = "PAY-IN",
                Status = "PENDING",
                Scheme = "visa",
                Asset = "USD/2",
                Raw = "{}",
            },
            default)).Payment;
        _payments.Setup(payments => payments.FindAsync(_stored.Id, default)).ReturnsAsync(_stored);
        _payments.Setup(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), default)).ReturnsAsync(true);
    }

    [Test]
    public async Task Handle_NoAmount_UsesInitialAmount()
    {
        var changed = await HandleAsync(Command());
        Assert.Multiple(() =>
        {
            Assert.That(changed.Outcome, Is.EqualTo(RecordOutcome.Adjusted));
            Assert.That(changed.Payment.LastAdjustment.Amount.ToString(), Is.EqualTo("100"));
            Assert.That(changed.Payment.Status, Is.EqualTo(PaymentStatus.Succeeded));
        });
    }

    [Test]
    public async Task Handle_RefundWithoutAmount_ThrowsNamingAmount() =>
        Assert.That(await FieldsAsync(Command() with { Status = "REFUNDED" }), Is.EqualTo((string[])["amount"]));

    [Test]
    public async Task Handle_EveryValueInvalid_NamesEachField() =>
        Assert.That(
            await FieldsAsync(new() { PaymentId = _stored.Id, Reference = "", CreatedAt = "2024-05-01T12:05:01Z", Status = "x", Amount = "-1", Raw = "{}" }),
            Is.EqualTo((string[])["reference", "createdAt", "status", "amount"]));

    [Test]
    public async Task Handle_UnknownPayment_ThrowsNotFound()
    {
        _payments.Setup(payments => payments.FindAsync(_stored.Id, default)).ReturnsAsync((Payment?)null);
        await Assert.ThrowsAsync<NotFoundException>(() => HandleAsync(Command()));
    }

    private AdjustPaymentCommand Command() =>
        new() { PaymentId = _stored.Id, Reference = "step", CreatedAt = "2024-05-01T12:00:01Z", Status = "SUCCEEDED", Raw = "{}" };

    private Task<RecordedPayment> HandleAsync(AdjustPaymentCommand command) =>
        new AdjustPaymentHandler(_payments.Object, new FakeTimeProvider(Sample.Now)).Handle(command, default);

    private async Task<string[]> FieldsAsync(AdjustPaymentCommand command)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        return [.. invalid!.Errors.Select(error => error.Field)];
    }
}
