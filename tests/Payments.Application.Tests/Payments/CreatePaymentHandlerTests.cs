using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

public sealed class CreatePaymentHandlerTests
{
    private static readonly CreatePaymentCommand Command = new()
    {
        Reference = "ref-001",
        ConnectorId = Sample.ConnectorId,
        CreatedAt = "2024-05-01T12:00:00Z",
        Amount = "100",
        Type = "PAY-IN",
        Status = "PENDING",
        Scheme = "sepa debit",
        Asset = "USD/2",
        SourceAccountId = "",
        Metadata = new Dictionary<string, string> { ["order"] = "42" },
        Raw = """{"id":"ch_1"}""",
    };

    private readonly Mock<IPaymentRepository> _payments = new(MockBehavior.Strict);

    private readonly Mock<IConnectorRepository> _connectors = new(MockBehavior.Strict);

    private readonly CancellationToken _token = new(canceled: false);

    [SetUp]
    public void Forget()
    {
        _payments.Reset();
        _connectors.Reset();
    }

    [Test]
    public async Task Handle_FirstReport_StoresReportedValues()
    {
        Payment? added = null;
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), _token))
            .Callback((Payment payment, CancellationToken _) => added = payment)
            .ReturnsAsync(true);

        var created = await HandleAsync(Command);

        Assert.Multiple(() =>
        {
            Assert.That(created, Is.EqualTo(new RecordedPayment(added!, RecordOutcome.Created)));
            Assert.That(added!.Id.ToString(), Is.EqualTo(Sample.PaymentId));
            Assert.That(added.CreatedAt.ToString(), Is.EqualTo("2024-05-01T12:00:00Z"));
            Assert.That(added.Amount.ToString(), Is.EqualTo("100"));
            Assert.That(added.Status, Is.EqualTo(PaymentStatus.Pending));
            Assert.That(added.Details.Scheme, Is.EqualTo(PaymentScheme.SepaDebit));
            Assert.That(added.Details.Asset.Code, Is.EqualTo("USD/2"));
            Assert.That(added.Details.SourceAccountId, Is.Null);
            Assert.That(added.Details.DestinationAccountId, Is.Null);
            Assert.That(added.Metadata.Entries, Is.EqualTo(Command.Metadata));
            Assert.That(added.Raw.Text, Is.EqualTo(Command.Raw));
        });
    }

    [Test]
    public async Task Handle_SameReport_ReturnsStoredAsReplayed()
    {
        var stored = await StoreAsync(Command);
        Answer(stored);

        var created = await HandleAsync(Command);

        Assert.That(created, Is.EqualTo(new RecordedPayment(stored, RecordOutcome.Replayed)));
    }

    [Test]
    public async Task Handle_NewStatus_AddsAdjustment()
    {
        Answer(await StoreAsync(Command));
        Payment? appended = null;
        _payments.Setup(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), _token))
            .Callback((Payment _, Payment changed, CancellationToken _) => appended = changed)
            .ReturnsAsync(true);

        var created = await HandleAsync(Command with { Status = "SUCCEEDED" });

        Assert.Multiple(() =>
        {
            Assert.That(created, Is.EqualTo(new RecordedPayment(appended!, RecordOutcome.Adjusted)));
            Assert.That(appended!.Status, Is.EqualTo(PaymentStatus.Succeeded));
            Assert.That(appended.AdjustmentCount, Is.EqualTo(2));
        });
    }

    [Test]
    public async Task Handle_SameChangeStoredConcurrently_ReturnsReplayed()
    {
        var stored = await StoreAsync(Command);
        var change = Command with { Status = "SUCCEEDED" };
        var moved = stored.ApplyReport(await StoreAsync(change))!;
        Answer(stored, moved);
        _payments.Setup(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), _token)).ReturnsAsync(false);

        Assert.That(await HandleAsync(change), Is.EqualTo(new RecordedPayment(moved, RecordOutcome.Replayed)));
    }

    [Test]
    public async Task Handle_OtherChangeStoredConcurrently_AddsAdjustmentAfterIt()
    {
        var stored = await StoreAsync(Command);
        var meanwhile = stored.ApplyReport(await StoreAsync(Command with { Status = "DISPUTE" }))!;
        Answer(stored, meanwhile);
        _payments.SetupSequence(payments => payments.SaveAsync(It.IsAny<Payment>(), It.IsAny<Payment>(), _token)).ReturnsAsync(false).ReturnsAsync(true);

        var created = await HandleAsync(Command with { Status = "SUCCEEDED" });

        Assert.That(created.Payment.AdjustmentCount, Is.EqualTo(3));
    }

    [Test]
    public async Task Handle_ContradictingReport_ThrowsConflict()
    {
        Answer(await StoreAsync(Command));
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(Command with { Amount = "101" }));
        Assert.That(conflict!.Errors.Select(error => error.Field), Is.EqualTo((string[])["amount"]));
    }

    [Test]
    public async Task Handle_ConnectorNotInstalled_ThrowsNamingConnectorId()
    {
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), _token)).ThrowsAsync(new ValidationException([Connector.NotInstalled]));
        Assert.That(await ErrorsAsync(Command), Is.EqualTo((string[])["connectorID must be the id of an installed connector; no installed connector has this id"]));
    }

    [Test]
    public async Task Handle_NothingSet_NamesEachRequiredField()
    {
        var errors = await ErrorsAsync(new CreatePaymentCommand { Raw = "{}" });
        Assert.That(
            errors.Select(error => error.Split(' ')[0]),
            Is.EqualTo((string[])["reference", "connectorID", "createdAt", "amount", "type", "status", "scheme", "asset"]));
    }

    [Test]
    public async Task Handle_EveryValueInvalid_NamesEachField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), _token)).ReturnsAsync(false);
        var errors = await ErrorsAsync(new CreatePaymentCommand
        {
            Reference = " ",
            ConnectorId = Command.ConnectorId,
            CreatedAt = "2024-05-01T12:05:00.0000001Z",
            Amount = "-1",
            Type = "pay-in",
            Status = "DONE",
            Scheme = "sepa debit, a2a",
            Asset = "usd",
            SourceAccountId = "x",
            DestinationAccountId = "y",
            Metadata = new Dictionary<string, string> { [""] = "" },
            Raw = "{}",
        });
        Assert.That(
            errors.Select(error => error.Split(' ')[0]),
            Is.EquivalentTo((string[])[
                "reference", "connectorID", "createdAt", "amount", "type", "status", "scheme", "asset", "sourceAccountID", "destinationAccountID",
                "metadata"]));
    }

    [Test]
    public async Task Handle_OneValueInvalid_NamesOnlyThatField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), _token)).ReturnsAsync(true);
        Assert.That(await ErrorsAsync(Command with { Asset = "usd" }), Has.Length.EqualTo(1));
    }

    private Task<RecordedPayment> HandleAsync(CreatePaymentCommand command) =>
        new CreatePaymentHandler(_payments.Object, _connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(command, _token);

    private async Task<string[]> ErrorsAsync(CreatePaymentCommand command)
    {
        var exception = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        return [.. exception!.Errors.Select(error => $"{error.Field} {error.Rule}")];
    }

    /// <summary>The payment that a first report of this content stores.</summary>
    private async Task<Payment> StoreAsync(CreatePaymentCommand command)
    {
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), _token)).ReturnsAsync(true);
        return (await HandleAsync(command)).Payment;
    }

    private void Answer(params Payment[] stored)
    {
        _payments.Setup(payments => payments.AddAsync(It.IsAny<Payment>(), _token)).ReturnsAsync(false);
        var answers = _payments.SetupSequence(payments => payments.FindAsync(It.IsAny<PaymentId>(), _token));
        foreach (var payment in stored)
        {
            answers.ReturnsAsync(payment);
        }
    }
}
