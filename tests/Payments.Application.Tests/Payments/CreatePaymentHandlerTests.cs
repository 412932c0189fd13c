using Microsoft.Extensions.Time.Testing;
using Moq;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
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

    private readonly InMemoryPayments _payments = new();
    private readonly Mock<IConnectorRepository> _connectors = new(MockBehavior.Strict);

    // What Command creates.
    private static Payment Stored => Sample.Payment(reference: "ref-001", metadata: Sample.Metadata(("order", "42")));

    [Test]
    public async Task Handle_FirstReport_StoresReportedValues()
    {
        var created = await HandleAsync(Command);

        var stored = _payments.Stored!;
        Assert.Multiple(() =>
        {
            Assert.That(created, Is.EqualTo(new RecordedPayment(stored, RecordOutcome.Created)));
            Assert.That(stored.Id.ToString(), Is.EqualTo(Sample.PaymentId));
            Assert.That(stored.CreatedAt, Is.EqualTo(new Instant(Sample.Now)));
            Assert.That(stored.Amount.ToString(), Is.EqualTo("100"));
            Assert.That(stored.Status, Is.EqualTo(PaymentStatus.Pending));
            Assert.That(stored.Details, Is.EqualTo(new PaymentDetails(PaymentScheme.SepaDebit, Sample.Value<Asset>("USD/2"), null, null)));
            Assert.That(stored.Metadata.Entries, Is.EqualTo(Command.Metadata));
            Assert.That(stored.Raw.Text, Is.EqualTo(Command.Raw));
        });
    }

    [Test]
    public async Task Handle_SameReport_ReturnsStoredAsReplayed()
    {
        _payments.Stored = Stored;
        Assert.That(await HandleAsync(Command), Is.EqualTo(new RecordedPayment(_payments.Stored, RecordOutcome.Replayed)));
        Assert.That(_payments.Writes, Is.Empty);
    }

    [Test]
    public async Task Handle_NewStatus_AddsAdjustment()
    {
        _payments.Stored = Stored;
        var created = await HandleAsync(Command with { Status = "SUCCEEDED" });
        Assert.Multiple(() =>
        {
            Assert.That(created, Is.EqualTo(new RecordedPayment(_payments.Stored, RecordOutcome.Adjusted)));
            Assert.That((created.Payment.Status, created.Payment.AdjustmentCount), Is.EqualTo((PaymentStatus.Succeeded, 2)));
        });
    }

    [Test]
    public async Task Handle_SameChangeStoredConcurrently_ReturnsReplayed()
    {
        _payments.Stored = Stored;
        _payments.BeforeSave = change => _payments.Stored = change;
        Assert.That(await HandleAsync(Command with { Status = "SUCCEEDED" }), Is.EqualTo(new RecordedPayment(_payments.Stored, RecordOutcome.Replayed)));
        Assert.That(_payments.Writes, Is.Empty);
    }

    [Test]
    public async Task Handle_OtherChangeStoredConcurrently_AddsAdjustmentAfterIt()
    {
        _payments.Stored = Stored;
        _payments.BeforeSave = _ =>
        {
            _payments.Stored = Stored.Adjust(Sample.Adjustment("ref-001", PaymentStatus.Dispute))!;
            _payments.BeforeSave = _ => { };
        };
        var created = await HandleAsync(Command with { Status = "SUCCEEDED" });
        Assert.That((created.Outcome, created.Payment.AdjustmentCount), Is.EqualTo((RecordOutcome.Adjusted, 3)));
    }

    [Test]
    public async Task Handle_ContradictingReport_ThrowsConflict()
    {
        _payments.Stored = Stored;
        var conflict = await Assert.ThrowsAsync<ConflictException>(() => HandleAsync(Command with { Amount = "101" }));
        Assert.That(conflict!.Errors.Select(error => error.Field), Is.EqualTo((string[])["amount"]));
    }

    [Test]
    public async Task Handle_NothingSet_NamesEachRequiredField() => Assert.That(
        await FieldsAsync(new CreatePaymentCommand { Raw = "{}" }),
        Is.EqualTo((string[])["reference", "connectorID", "createdAt", "amount", "type", "status", "scheme", "asset"]));

    [Test]
    public async Task Handle_EveryValueInvalid_NamesEachField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(false);
        var fields = await FieldsAsync(Command with
        {
            Reference = " ",
            CreatedAt = "2024-05-01T12:05:00.0000001Z",
            Amount = "-1",
            Type = "pay-in",
            Status = "DONE",
            Scheme = "sepa debit, a2a",
            Asset = "usd",
            SourceAccountId = "x",
            DestinationAccountId = "y",
            Metadata = new Dictionary<string, string> { [""] = "" },
        });
        Assert.That(fields, Is.EquivalentTo((string[])[
            "reference", "connectorID", "createdAt", "amount", "type", "status", "scheme", "asset", "sourceAccountID", "destinationAccountID", "metadata"]));
    }

    [Test]
    public async Task Handle_OneValueInvalid_NamesOnlyThatField()
    {
        _connectors.Setup(connectors => connectors.ExistsAsync(It.IsAny<ConnectorId>(), default)).ReturnsAsync(true);
        Assert.That(await FieldsAsync(Command with { Asset = "usd" }), Is.EqualTo((string[])["asset"]));
    }

    private Task<RecordedPayment> HandleAsync(CreatePaymentCommand command) =>
        new CreatePaymentHandler(_payments, _connectors.Object, new FakeTimeProvider(Sample.Now)).Handle(command, default);

    private async Task<string[]> FieldsAsync(CreatePaymentCommand command)
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => HandleAsync(command));
        return [.. invalid!.Errors.Select(error => error.Field)];
    }
}
